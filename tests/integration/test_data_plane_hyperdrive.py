"""A Worker's Hyperdrive binding leads to a real PostgreSQL."""

from pathlib import Path

from localedge.state.hyperdrive import connection_string, parse
from support.data_plane import serving
from support.postgres import postgres

CLIENT = """
const text = new TextEncoder();
const message = (type, body) => {
  const bytes = new Uint8Array([...text.encode(type), 0, 0, 0, 0, ...body]);
  new DataView(bytes.buffer).setUint32(type.length, body.length + 4);
  return bytes;
};
const strings = (...parts) => text.encode(parts.map((it) => it + "\\0").join(""));

async function* messages(readable) {
  let seen = new Uint8Array();
  for await (const chunk of readable) {
    seen = new Uint8Array([...seen, ...chunk]);
    for (;;) {
      if (seen.length < 5) break;
      const size = new DataView(seen.buffer).getUint32(1) + 1;
      if (seen.length < size) break;
      yield [String.fromCharCode(seen[0]), seen.slice(5, size)];
      seen = seen.slice(size);
    }
  }
}

export default { async fetch(request, { SQL }) {
  const socket = SQL.connect();
  const writer = socket.writable.getWriter();
  const version = [0, 3, 0, 0];
  const start = strings("user", SQL.user, "database", SQL.database, "");
  await writer.write(message("", [...version, ...start]));
  let ready = false;
  for await (const [type, body] of messages(socket.readable)) {
    if (type === "R" && body[3] === 3) await writer.write(message("p", strings(SQL.password)));
    if (type === "E") return new Response(new TextDecoder().decode(body), { status: 502 });
    if (type === "Z" && !ready) {
      ready = true;
      await writer.write(message("Q", strings(await request.text())));
    }
    if (type === "D") return new Response(body.slice(6));
  }
} };
"""


def test_a_worker_asks_the_database_of_its_configuration(tmp_path: Path) -> None:
    with postgres() as database, serving(tmp_path) as site:
        origin = {
            "scheme": "postgres",
            "host": "127.0.0.1",
            "port": database.port,
            "database": "postgres",
            "user": database.user,
            "password": database.password,
        }
        config = parse({"name": "pool", "origin": origin}, ["127.0.0.1/32"])
        binding = {
            "type": "hyperdrive",
            "name": "SQL",
            "id": "pool",
            "connection_string": connection_string(config),
        }
        site.source.publish("asks", CLIENT, binding)
        answer = site.ask("asks", method="POST", data="select 'n=' || 6 * 7")
        assert answer.text == "n=42"

        before = site.instance("asks")
        site.source.changes["pool"] = "now"
        assert site.ask("asks", method="POST", data="select 'again'").text == "again"
        assert site.instance("asks") is not before, "a changed configuration is read again"
