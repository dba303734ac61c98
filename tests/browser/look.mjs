// Opens pages in Chromium and prints what they show, as JSON. Arguments: the address of localedge's
// page, the address of a page of another origin, and that of localedge under another host name.
import { join } from "node:path";
import chromium, { inflate } from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";

const [own, foreign, rebound] = process.argv.slice(2);
const PACKED = join(import.meta.dirname, "node_modules/@sparticuz/chromium/bin");

// The browser alone, without the package's own arguments: they turn the rules off between origins.
async function launch() {
  const options = {
    executablePath: await chromium.executablePath(),
    headless: "shell",
    args: [
      "--no-sandbox", // as root, in a container
      "--disable-gpu",
      `--host-resolver-rules=MAP ${new URL(rebound).hostname} 127.0.0.1`,
    ],
  };
  try {
    return await puppeteer.launch(options);
  } catch {
    // A machine that lacks libraries which the package brings.
    const libraries = join(await inflate(join(PACKED, "al2023.tar.br")), "lib");
    return await puppeteer.launch({ ...options, env: { LD_LIBRARY_PATH: libraries } });
  }
}

async function look(page) {
  await page.goto(own);
  await page.waitForSelector("section section");
  const text = (selector) => page.$$eval(selector, (all) => all.map((it) => it.innerText));
  await page.click("section section button");
  await page.waitForFunction('document.getElementById("shown").textContent.startsWith("Log of")');
  return {
    accounts: await text("main > section > h2"),
    scripts: await text("section section h3"),
    versions: await text("section section tr"),
    requests: await text("#requests tr"),
    log: (await text("#log"))[0],
  };
}

async function withoutToken(page) {
  await page.goto(own.split("#")[0] + "#wrong");
  await page.reload();
  await page.waitForFunction('document.getElementById("status").textContent !== "Loading…"');
  return page.$eval("#status", (it) => it.textContent);
}

// A page of another origin asks for the data with the token, which it would have to know.
async function ask(page) {
  await page.goto(foreign);
  const token = new URL(own).hash.slice(1);
  const base = own.split("#")[0];
  return page.evaluate(
    async (base, token) => {
      const tried = async (path, options) => {
        try {
          const answer = await fetch(base + path, options);
          return answer.type === "opaque" ? "opaque" : await answer.text();
        } catch (error) {
          return String(error);
        }
      };
      return {
        read: await tried("overview", { headers: { "localedge-token": token } }),
        reset: await tried("reset", { method: "POST", mode: "no-cors" }),
        page: await tried("", {}),
      };
    },
    base,
    token,
  );
}

const browser = await launch();
try {
  const page = await browser.newPage();
  const answer = await page.goto(rebound);
  const misdirected = [answer.status(), await answer.text()];
  const seen = await look(page);
  const refused = await withoutToken(page);
  console.log(JSON.stringify({ ...seen, refused, foreign: await ask(page), misdirected }));
} finally {
  await browser.close();
}
