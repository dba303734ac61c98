// Runs wrangler's commands one after another in this process: `wrangler_loaded.cjs CLI FD`.
//
// Nine tenths of a command's processor time are the loading of wrangler, which has 15 MB. Here it
// is loaded once, and a command is a call of the function that wrangler's command line calls, as
// in wrangler's own tests. A line of JSON on stdin orders a command ({args, cwd, env, stdin}), a
// line on the file descriptor FD says how it ended ({code, out, err}).

const fs = require("node:fs");
const { Module, flushCompileCache } = require("node:module");
const readline = require("node:readline");
const { Readable } = require("node:stream");
const { setImmediate: nextTurn } = require("node:timers/promises");

const EXPORTS = "\nexports.loaded = { main, FatalError };";

/** Load wrangler, and take from it what it does not export. */
function load(cli) {
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, file, ...more) {
    return compile.call(this, file === cli ? content + EXPORTS : content, file, ...more);
  };
  const { loaded } = require(cli);
  Module.prototype._compile = compile;
  return loaded;
}

/** Keep what is written to a stream of the process; return a function that hands it over. */
function keep(stream) {
  const parts = [];
  stream.write = (chunk, encoding, callback) => {
    const named = typeof encoding === "string";
    parts.push(Buffer.from(chunk, named ? encoding : "utf8"));
    const written = named ? callback : (encoding ?? callback);
    if (written) process.nextTick(written);
    return true;
  };
  return () => Buffer.concat(parts.splice(0)).toString();
}

/** Give the process what a new one would have been started with. */
function renew({ args, cwd, env, stdin }) {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.argv.splice(2, Infinity, ...args);
  process.exitCode = undefined;
  const value = Readable.from(stdin ? [Buffer.from(stdin)] : [], { objectMode: false });
  Object.defineProperty(process, "stdin", { value, configurable: true });
}

/** Run one command to its end; return its exit code. */
async function run({ main, FatalError }, order) {
  renew(order);
  const code = await new Promise((resolve) => {
    process.exit = (code) => {
      resolve(code ?? process.exitCode ?? 0);
      throw new Error("the command has ended");
    };
    main(order.args).then(
      () => resolve(process.exitCode ?? 0),
      (error) => resolve((error instanceof FatalError && error.code) || 1),
    );
  });
  await nextTurn();
  return code;
}

async function serve(cli, descriptor) {
  const exit = process.exit.bind(process);
  const orders = readline.createInterface({ input: process.stdin });
  const [out, err] = [process.stdout, process.stderr].map(keep);
  const wrangler = load(cli);
  let flush = () => {
    flushCompileCache?.(); // Node would do it at its end, and this process is killed
    flush = () => {};
  };
  for await (const line of orders) {
    const code = await run(wrangler, JSON.parse(line));
    fs.writeSync(descriptor, `${JSON.stringify({ code, out: out(), err: err() })}\n`);
    flush();
  }
  exit(0);
}

serve(process.argv[2], Number(process.argv[3]));
