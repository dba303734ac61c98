// A service binding: the request goes through localedge to the version of the other Worker that
// is live. Its own URL travels in a header, since the URL here says where it goes.
export default {
  fetch(request, env) {
    const forwarded = new Request(env.TARGET, request);
    forwarded.headers.set("localedge-url", request.url);
    forwarded.headers.set("localedge-key", env.KEY);
    return env.LOCALEDGE.fetch(forwarded);
  },
};
