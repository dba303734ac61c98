"""What each of Cloudflare's templates needs to be deployed, and what its own browser test asks for.

The templates are https://github.com/cloudflare/templates. A browser test looks at a rendered page:
here a text may stand in the page or in a script that the page loads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KV_ID = "0123456789abcdef0123456789abcdef"
HYPERDRIVE_ID = "abcdef0123456789abcdef0123456789"


@dataclass(frozen=True)
class Check:
    """One request and what must come: status, texts, start of the body, content type.

    `websocket` opens a WebSocket in place of it, which must be accepted.
    """

    path: str = "/"
    says: tuple[str, ...] = ()
    status: int = 200
    method: str = "GET"
    json: Any = None
    type: str = ""
    websocket: bool = False


@dataclass(frozen=True)
class Case:
    """A template: commands before its deploy (`wrangler` is the chosen one), and its checks.

    `secrets` are put after the deploy.

    `edits` are texts of files to replace, before all else, for what no machine has that is not its
    owner's: ids, and fonts of the internet. `config` is another wrangler file than the usual one.
    """

    checks: tuple[Check, ...]
    build: str = ""
    before: tuple[str, ...] = ()
    edits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    config: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    without: str = ""


def page(*says: str, path: str = "/") -> tuple[Check, ...]:
    """Return the check of a page that says this."""
    return (Check(path, says),)


NPM = "npm run build"
VITE = "npx vite build"
TODO = {"intent": "create"}
LIBRARY = page("My Library")
CASES: dict[str, Case] = {
    "agent-commerce-analytics-template": Case(
        (
            Check(says=("Agent Commerce Analytics",)),
            Check("/api", ("Agent Commerce Analytics", "endpoints")),
            Check("/api/dashboard", ("totalEvents", "agentBreakdown")),
            Check("/api/dashboard/funnel", ("discoveryReads",)),
        ),
        VITE,
        edits={"wrangler.jsonc": {"<REPLACE_WITH_YOUR_KV_NAMESPACE_ID>": KV_ID}},
    ),
    "agent-visibility-template": Case(
        (Check(says=("AI Agent Visibility",)), Check("/llms.txt")), VITE
    ),
    "ai-brand-visibility-template": Case(
        (
            Check("/api/models", ("openai/gpt-5.4-nano", '"total":5')),
            Check(says=("AI Brand Visibility Template",)),
            Check("/api/sites", method="POST", json={"domain": "models.example.com"}),
            Check("/models?site=models.example.com"),
        ),
        NPM,
        ("wrangler queues create brand-visibility-jobs",),
    ),
    "astro-blog-starter-template": Case(
        (
            Check(says=("Hello, Astronaut!", "Follow Astro on Mastodon")),
            Check("/blog/", ("Markdown Style Guide",)),
            Check("/about/", ("<img",)),
        ),
        NPM,
    ),
    "chanfana-openapi-template": Case(
        (
            Check("/openapi.json", ("My Awesome API",)),
            Check("/tasks", ('"success":true',)),
        ),
        before=("wrangler d1 migrations apply DB --remote",),
    ),
    "commerce-llms-txt-template": Case(
        (
            Check(says=("Commerce llms.txt",)),
            Check("/api", ("merchant", "llms.txt")),
            Check("/llms.txt", ("Products In Stock",)),
        ),
        VITE,
    ),
    "containers-template": Case(
        page("GET /container/<ID>"), without="a container engine is not there"
    ),
    "d1-starter-sessions-api-template": Case(
        (
            Check("/api/reset", method="POST"),
            Check(
                "/api/orders",
                ("e2e-order",),
                method="POST",
                json={"orderId": "e2e-order", "customerId": "e2e-customer", "quantity": 2},
            ),
        )
    ),
    "d1-template": Case(
        page("Successfully connected d1-", "SELECT * FROM comments", "Congrats!"),
        before=("wrangler d1 migrations apply DB --remote",),
    ),
    "durable-chat-template": Case(
        (Check(says=("powered by Durable",)), Check("/parties/chat/room", websocket=True))
    ),
    "hello-world-do-template": Case(page("Hello, World!")),
    "internal-sites-template": Case(
        (Check("/deploy", ("Access",), status=401),),
        before=("wrangler dispatch-namespace create internal-sites",),
    ),
    "llm-chat-app-template": Case(
        (
            Check(says=("Cloudflare AI Chat", "Powered by Cloudflare Workers AI")),
            Check("/chat.js", ("/api/chat",)),
            Check(
                "/api/chat",
                ("data:",),
                method="POST",
                json={"messages": [{"role": "user", "content": "test message"}]},
            ),
        )
    ),
    "microfrontend-template": Case(
        (Check("/app1/hello", ("Worker A", "/hello", 'src="/app1/assets/logo.png"')),),
        before=(
            "wrangler deploy -c e2e/worker-a.wrangler.jsonc",
            "wrangler deploy -c e2e/worker-b.wrangler.jsonc",
        ),
        config="wrangler.e2e.jsonc",
    ),
    "multiplayer-globe-template": Case(
        (Check(says=("everyone at?",)), Check("/parties/globe/default", websocket=True))
    ),
    "mysql-hyperdrive-template": Case(page("MySQL Manager", "Initialize Tables")),
    "next-starter-template": Case(
        page("Get started by editing", "Read our docs"),
        "npx opennextjs-cloudflare build",
        edits={
            "src/app/layout.tsx": {
                'import { Geist, Geist_Mono } from "next/font/google";': (
                    'const Geist = (_: object) => ({ variable: "sans" });\n'
                    'const Geist_Mono = (_: object) => ({ variable: "mono" });'
                )
            }
        },
    ),
    "nlweb-template": Case(
        (Check(says=("<title>NLWeb Chat",)), Check("/version", ('"version":"1.0.0"',)))
    ),
    "nodejs-http-server-template": Case(
        (
            Check(says=("Welcome to my Node.js app on Workers!",)),
            Check("/api/status", ('"status":"ok"', "timestamp")),
        )
    ),
    "openauth-template": Case(
        page("Email", "Password", "Register"),
        before=("wrangler d1 migrations apply AUTH_DB --remote",),
    ),
    "postgres-hyperdrive-template": Case(page("PostgreSQL Manager", "Initialize Tables")),
    "r2-explorer-template": Case(
        page("R2-Explorer"), before=("wrangler r2 bucket create r2-explorer-bucket",)
    ),
    "react-postgres-fullstack-template": Case(
        (*LIBRARY, Check("/api/books", ("The Brothers Karamazov", "East of Eden"))),
        NPM,
        edits={"wrangler.jsonc": {"YOUR_HYPERDRIVE_ID": HYPERDRIVE_ID}},
    ),
    "react-router-hono-fullstack-template": Case(page("Hello from Hono/CF"), NPM),
    "react-router-postgres-ssr-template": Case(
        page("My Library", "The Brothers Karamazov", "East of Eden"), NPM
    ),
    "react-router-starter-template": Case(page("Hello from Cloudflare"), NPM),
    "react-starter-template": Case(
        (Check(says=("Get started with Cloudflare",)), Check("/api/", ("Cloudflare",))), VITE
    ),
    "remix-starter-template": Case(page("What", "next?", "Remix"), NPM),
    "saas-admin-template": Case(
        (
            Check(says=("SaaS Admin Template",)),
            Check("/admin", ("Customers", "Subscriptions")),
            Check("/admin/customers", ("Customers",)),
            Check("/admin/subscriptions", ("Subscriptions",)),
        ),
        NPM,
        ("npm run wrangler:wrapper", "wrangler d1 migrations apply DB --remote"),
    ),
    "text-to-image-template": Case((Check(type="image/png", says=("PNG",)),)),
    "to-do-list-kv-template": Case(page("Todo List", "Add a new todo..."), NPM),
    "vite-react-template": Case(
        (
            Check(says=("Vite + React + Hono +", "count is")),
            Check("/api/", ('"name":"Cloudflare"',)),
        ),
        VITE,
    ),
    "worker-publisher-template": Case(
        page("Worker Publisher", "Deploy Worker"),
        before=("wrangler dispatch-namespace create my-dispatch-namespace",),
    ),
    "workers-builds-notifications-template": Case(
        page("Workers Builds Notifications", "Event Types"),
        before=("wrangler queues create builds-event-subscriptions",),
    ),
    "workers-for-platforms-template": Case(
        page("Build a Website"),
        before=("wrangler dispatch-namespace create workers-for-platforms-template",),
    ),
    "workflows-starter-template": Case(page("Workflows", "START"), VITE),
    "x402-proxy-template": Case(
        (
            Check("/__x402/health", ("x402-proxy", "This endpoint is always public")),
            Check("/__x402/protected", ("X-PAYMENT", "base-sepolia"), status=402),
        ),
        secrets={"JWT_SECRET": "made-up"},
    ),
}
