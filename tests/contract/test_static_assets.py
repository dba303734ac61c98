"""The real wrangler uploads static assets, and the real runtime serves them."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from support import loopback
from support.accounts import Account
from support.localedge import LocalEdge
from support.wrangler import Ran, Wrangler

SCRIPT = """
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/assets") return env.ASSETS.fetch(new URL("/about", request.url));
    if (pathname === "/api/throw") throw new Error("thrown");
    return new Response(`worker ${pathname}`);
  },
  scheduled() {},
};
"""
HEADERS = "/*\n  X-Site: yes\n/data.json\n  ! X-Site\n"
REDIRECTS = "/old /about 301\n/blog/* /sub/:splat\n/moved /data.json 200\n"
FILES = {
    "index.html": "home",
    "about.html": "about",
    "404.html": "not here",
    "sub/index.html": "sub",
    "a b.txt": "spaced",
    "empty.txt": "",
    "data.json": "{}",
    "_headers": HEADERS,
    "_redirects": REDIRECTS,
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / "public" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def config(account: Account, **more: Any) -> dict[str, Any]:
    return {"account_id": account.id, "compatibility_date": "2026-01-01", **more}


class Site:
    """A Worker with assets: its first deploy, a version uploaded later, and its addresses."""

    def __init__(self, edge: LocalEdge, wrangler: Wrangler, account: Account) -> None:
        self._edge, self._account = edge, account
        (wrangler.folder / "index.js").write_text(SCRIPT)
        write(wrangler.folder, FILES)
        assets = {
            "directory": "public",
            "binding": "ASSETS",
            "not_found_handling": "404-page",
            "run_worker_first": ["/api/*", "!/api/docs/*"],
        }
        wrangler.write_config(config(account, name="site", main="index.js", assets=assets))
        self.first = wrangler.ok("deploy")
        write(wrangler.folder, {"about.html": "changed", "new.txt": "new"})
        self.second = wrangler.ok("versions", "upload")
        self.old = wrangler.records("deploy")[-1]["version_id"]
        self.new = wrangler.records("version-upload")[-1]["version_id"]

    def get(self, path: str, version: str = "", **headers: str) -> httpx.Response:
        prefix = f"{version[:8]}-" if version else ""
        return self._edge.get(f"{prefix}site.{self._account.subdomain}", path, **headers)

    def request(self, method: str, path: str, **headers: str) -> httpx.Response:
        host = f"site.{self._account.subdomain}.workers.localhost:{self._edge.port}"
        return loopback.request(method, self._edge.url + path, headers={"host": host, **headers})

    def deploy(self, *versions: str) -> None:
        shares = [{"version_id": it, "percentage": 100 / len(versions)} for it in versions]
        path = f"/accounts/{self._account.id}/workers/scripts/site/deployments"
        loopback.post(
            self._edge.api + path,
            json={"strategy": "percentage", "versions": shares},
            headers={"authorization": f"Bearer {self._account.token}"},
        ).raise_for_status()


@pytest.fixture(scope="module")
def site(edge: LocalEdge, wrangler: Wrangler, account: Account) -> Site:
    return Site(edge, wrangler, account)


def test_a_second_upload_sends_only_what_changed(site: Site) -> None:
    assert "Uploaded 7 of 7 assets" in site.first.out
    assert "Uploaded 2 of 2 assets" in site.second.out
    assert "env.ASSETS" in site.first.out


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/", 200, "home"),
        ("/about", 200, "about"),
        ("/about.html", 307, "/about"),
        ("/sub", 307, "/sub/"),
        ("/sub/", 200, "sub"),
        ("/a%20b.txt", 200, "spaced"),
        ("/empty.txt", 200, ""),
        ("/old", 301, "/about"),
        ("/blog/x", 302, "/sub/x"),
        ("/moved", 200, "{}"),
        ("/absent", 404, "not here"),
        ("/api/x", 200, "worker /api/x"),
        ("/api/docs/x", 404, "not here"),
        ("/api/assets", 200, "about"),
        ("/api/throw", 500, None),
    ],
)
def test_each_path_is_served_as_the_settings_say(
    site: Site, path: str, status: int, said: str | None
) -> None:
    answer = site.get(path)
    assert answer.status_code == status
    assert said in (None, answer.headers.get("location", answer.text))


def test_headers_of_the_file_and_its_content_type(site: Site) -> None:
    home, data = site.get("/").headers, site.get("/data.json").headers
    assert (home["content-type"], home["x-site"]) == ("text/html; charset=utf-8", "yes")
    assert home["cache-control"] == "public, max-age=0, must-revalidate"
    assert data["content-type"] == "application/json"
    assert "x-site" not in data


def test_an_unchanged_file_is_a_304_by_its_hash(site: Site) -> None:
    etag = site.get("/").headers["etag"]
    assert len(etag) == 34
    unchanged = site.get("/", **{"if-none-match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_a_file_is_read_only_and_comes_whole(site: Site) -> None:
    head = site.request("HEAD", "/about")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == site.get("/about").headers["etag"]
    assert site.request("POST", "/about").status_code == 405
    part = site.request("GET", "/about", range="bytes=0-1")
    assert (part.status_code, part.text) == (200, "about")


def test_a_version_preview_serves_its_own_assets(site: Site) -> None:
    assert site.get("/about", site.new).text == "changed"
    assert site.get("/new.txt", site.new).text == "new"
    assert site.get("/about").text == "about"
    assert site.get("/new.txt").status_code == 404


def test_each_version_serves_its_own_assets(site: Site, wrangler: Wrangler) -> None:
    site.deploy(site.old, site.new)
    for version, said in ((site.old, "about"), (site.new, "changed")):
        override = {"cloudflare-workers-version-overrides": f'site="{version}"'}
        assert site.get("/about", **override).text == said
    site.deploy(site.new)
    assert site.get("/about").text == "changed"
    wrangler.ok("rollback", site.old, "--yes", "--message", "back")
    assert site.get("/about").text == "about"


def test_a_worker_of_assets_alone(edge: LocalEdge, wrangler: Wrangler, account: Account) -> None:
    assets = {"directory": "public", "not_found_handling": "single-page-application"}
    wrangler.write_config(config(account, name="alone", assets=assets))
    write(wrangler.folder, {"index.html": "app", "_redirects": "", "_headers": ""})
    ran: Ran = wrangler.ok("deploy")
    assert "Uploaded alone" in ran.out
    host = f"alone.{account.subdomain}"
    assert edge.get(host, "/any/path").text == "app"
    assert edge.get(host, "/a%20b.txt").text == "spaced"


def test_a_wrong_redirect_is_refused_in_cloudflares_words(
    wrangler: Wrangler, account: Account
) -> None:
    assets = {"directory": "public"}
    wrangler.write_config(config(account, name="alone", assets=assets))
    write(wrangler.folder, {"_redirects": "/* /index.html 200\n"})
    ran = wrangler.run("deploy")
    assert ran.code == 1
    assert "Line 1: Infinite loop detected in this rule." in ran.err
    assert "[code: 100324]" in ran.err
