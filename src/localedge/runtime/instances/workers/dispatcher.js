// A dispatch namespace as a Worker has it in its environment. `get` answers at once; what it returns
// finds the Worker of that name when it is used.
const NOT_METHODS = new Set(["then", "toJSON", "constructor"]);

const worker = (namespace, name, props) =>
  new Proxy(
    {
      fetch(input, init) {
        const request = new Request(input, init);
        request.headers.set("localedge-dispatch", encodeURIComponent(name));
        return namespace.fetch(request);
      },
    },
    {
      get(own, method) {
        if (method === "fetch") return own.fetch;
        if (typeof method === "symbol" || NOT_METHODS.has(method)) return;
        return (...args) => namespace.call(name, props, method, args);
      },
    },
  );

export default ({ namespace }) => ({
  get: (name, props = {}) => worker(namespace, String(name), props),
});
