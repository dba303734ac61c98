// Shows what the admin API says. The token stands behind the `#` of the address, which a browser
// sends to no server; everything is put into the page as text, for Workers choose some of it.
const token = location.hash.slice(1);
const place = (id) => document.getElementById(id);

async function ask(path) {
  const answer = await fetch(path, { headers: { "localedge-token": token }, cache: "no-store" });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

function element(name, ...content) {
  const made = document.createElement(name);
  made.append(...content.map((it) => (it instanceof Node ? it : String(it ?? ""))));
  return made;
}

const row = (cell, values) => element("tr", ...values.map((it) => element(cell, it)));

function worker(account, script) {
  const show = element("button", "log");
  show.addEventListener("click", () => showLog(account.id, script.name));
  const versions = script.versions.map(({ number, id, share, created_on }) =>
    row("td", [number, id, share === null ? "" : `${share} %`, created_on]),
  );
  const table = element("table", row("th", ["version", "id", "traffic", "created"]), ...versions);
  return element("section", element("h3", script.name, " ", show), table);
}

const account = (it) =>
  element(
    "section",
    element("h2", `${it.subdomain ?? "(no subdomain)"} (${it.id})`),
    ...it.scripts.map((script) => worker(it, script)),
  );

async function showLog(accountId, script) {
  const text = await (await ask(`logs/${script}?account=${accountId}`)).text();
  place("shown").textContent = `Log of ${script}`;
  place("log").textContent = text || "It has logged nothing.";
}

async function show() {
  const accounts = await (await ask("overview")).json();
  const requests = await (await ask("requests")).json();
  place("accounts").replaceChildren(...accounts.map(account));
  place("requests").replaceChildren(
    ...requests
      .slice(-50)
      .reverse()
      .map(({ at, method, path, status }) => row("td", [at, method, path, status])),
  );
  place("status").textContent = `As of ${new Date().toLocaleTimeString()}; reload for more.`;
}

show().catch((error) => {
  place("status").textContent = `${error.message} Open this page as …/__localedge__/#TOKEN.`;
});
