/** How a Durable Object says that it is there. */

export interface Pong {
  readonly class: string;
  /** Whether its storage answers SQL, which it does only where a migration made it a SQLite class. */
  readonly sqlite: boolean;
}

export function pong(className: string, storage: DurableObjectStorage): Pong {
  return { class: className, sqlite: answersSql(storage) };
}

function answersSql(storage: DurableObjectStorage): boolean {
  try {
    return storage.sql.exec<{ one: number }>("SELECT 1 AS one").one().one === 1;
  } catch {
    return false;
  }
}
