// Loaded in place of an upload's main module, which it imports: answers with what that exports.
import * as upload from "./MAIN_MODULE";

const isNative = (it) => /\[native code\]/.test(Function.prototype.toString.call(it));

function methods(object) {
  const names = new Set();
  for (let it = object; it && !isNative(it.constructor); it = Object.getPrototypeOf(it)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(it))) {
      if (typeof value === "function" && name !== "constructor") names.add(name);
    }
  }
  return [...names].sort();
}

function handlers(exported) {
  if (typeof exported === "function") return methods(exported.prototype);
  if (typeof exported !== "object" || exported === null) return [];
  const own = Object.keys(exported).filter((name) => typeof exported[name] === "function");
  return [...new Set([...own, ...methods(Object.getPrototypeOf(exported))])].sort();
}

export default {
  fetch: () =>
    Response.json(
      Object.fromEntries(Object.entries(upload).map(([name, it]) => [name, handlers(it)])),
    ),
};
