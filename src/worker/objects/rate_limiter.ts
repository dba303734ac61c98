/** The object that will count one client's requests; so far it answers only that it is there. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env";
import { type Pong, pong } from "./ping";

export class RateLimiter extends DurableObject<Env> {
  ping(): Pong {
    return pong("RateLimiter", this.ctx.storage);
  }
}
