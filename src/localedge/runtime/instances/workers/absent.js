// A binding to something that localedge does not simulate: any use of it says so.
export default ({ what }) =>
  new Proxy(
    {},
    {
      get(_, property) {
        if (typeof property === "symbol" || property === "then" || property === "toJSON") return;
        throw new Error(`localedge does not simulate ${what}; .${property} was used`);
      },
    },
  );
