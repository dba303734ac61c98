// The first worker of every instance: hands a request to the version that localedge chose.
// Uncaught exceptions end here, so that localedge can tell them from a Worker's own 500.
export default {
  async fetch(request, env) {
    if (request.headers.get("localedge-key") !== env.KEY) {
      return new Response("Only localedge may ask here.", { status: 403 });
    }
    const version = request.headers.get("localedge-version");
    const cron = request.headers.get("localedge-cron");
    if (cron !== null) {
      const { cron: pattern, time } = JSON.parse(cron);
      const script = env[version];
      if (!script) return Response.json({ outcome: "scriptNotFound" });
      return Response.json(await script.scheduled({ cron: pattern, scheduledTime: new Date(time) }));
    }
    const forwarded = new Request(request);
    forwarded.headers.delete("localedge-version");
    forwarded.headers.delete("localedge-key");
    try {
      return await env[`fetch:${version}`].fetch(forwarded);
    } catch (error) {
      console.error(`Uncaught ${error}`);
      return new Response(null, { status: 500, headers: { "localedge-exception": "1" } });
    }
  },
};
