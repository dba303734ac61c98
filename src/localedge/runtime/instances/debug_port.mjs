// workerd's debug port: it gives another workerd each Worker and Durable Object of this one, with
// RPC. Here it is a socket in a folder of localedge's own, which no other user can open. Miniflare
// has no option for it: this adds it to workerd's command line.
import { AsyncLocalStorage } from "node:async_hooks";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

const require = createRequire(import.meta.url);
const processes = require("node:child_process");
const sockets = new AsyncLocalStorage();

// The path of a Unix socket has room for about 100 characters: names are relative, in workerd too.
process.chdir(process.env.TMPDIR);

const { spawn } = processes;

processes.spawn = (command, args, ...others) => {
  const socket = sockets.getStore();
  if (!socket || args?.[0] !== "serve") return spawn(command, args, ...others);
  return spawn(command, [...args, `--debug-port=unix:${socket}`], ...others);
};

/** Returns what `start` returns; the workerd that it starts has its debug port at `socket`. */
export const withDebugPort = (socket, start) => sockets.run(socket, start);

/** Removes the socket of a workerd that has ended. */
export const removeSocket = (socket) => rmSync(socket, { force: true });

const listens = (socket) =>
  new Promise((resolve) => {
    const connection = connect(socket, () => connection.destroy());
    connection.on("error", () => resolve(false)).on("close", () => resolve(true));
  });

/** Waits until the debug port is there: workerd may open it after the sockets that it reports. */
export async function debugPortOpen(socket) {
  for (let tries = 0; tries < 500 && !(await listens(socket)); tries++) await wait(2);
}
