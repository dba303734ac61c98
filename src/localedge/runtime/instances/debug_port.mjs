// workerd's debug port: it gives another workerd each Worker and Durable Object of this one, with
// RPC. Here it is a socket in a folder of localedge's own, which no other user can open. Miniflare
// has no option for it: this adds it to workerd's command line.
import { AsyncLocalStorage } from "node:async_hooks";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const FOLDER = process.env.TMPDIR;
const require = createRequire(import.meta.url);
const processes = require("node:child_process");
const sockets = new AsyncLocalStorage();
const { spawn } = processes;

processes.spawn = (command, args, options) => {
  const socket = sockets.getStore();
  // A relative name: the path of a Unix socket has room for about 100 characters.
  return socket && args?.[0] === "serve"
    ? spawn(command, [...args, `--debug-port=unix:${socket}`], { ...options, cwd: FOLDER })
    : spawn(command, args, options);
};

/** Returns what `start` returns; the workerd that it starts has its debug port at `socket`. */
export const withDebugPort = (socket, start) => sockets.run(socket, start);

/** Removes the socket of a workerd that has ended. */
export const removeSocket = (socket) => rmSync(join(FOLDER, socket), { force: true });
