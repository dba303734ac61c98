/** The object that one chat session will live in; so far it answers only that it is there. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env";
import { type Pong, pong } from "./ping";

export class ChatSession extends DurableObject<Env> {
  ping(): Pong {
    return pong("ChatSession", this.ctx.storage);
  }
}
