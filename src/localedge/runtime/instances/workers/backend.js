// What a binding leads to that localedge itself serves. The request travels in the form in which
// Miniflare's remote bindings send theirs.
export default {
  async fetch(request, env) {
    const headers = new Headers({ "MF-Binding": env.BINDING, "MF-URL": request.url });
    for (const [name, value] of request.headers) headers.set(`MF-Header-${name}`, value);
    const { method, body } = request;
    const answer = await env.LOCALEDGE.fetch(env.TARGET, { method, headers, body });
    if (answer.ok) return answer;
    // The status text is all that workerd tells the sender.
    const text = (await answer.text()).split("\n")[0];
    return new Response(null, { status: answer.status, statusText: text || answer.statusText });
  },
};
