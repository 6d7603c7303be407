// Typed SELECT builder. Produces text and a list of bound values.

import type { Pool } from './pool';

type Column<T> = Extract<keyof T, string>;
type Operator = '=' | '<' | '>' | 'in' | 'like';

type Condition<T> = {
  [C in Column<T>]: { column: C; operator: Operator; value: T[C] | readonly T[C][] };
}[Column<T>];

declare global {
  interface String {
    quoteIdent(): string;
  }
}

String.prototype.quoteIdent = function (this: string): string {
  return `"${this.replaceAll('"', '""')}"`;
};

export namespace Sql {
  export interface Statement {
    text: string;
    values: unknown[];
  }

  export const EMPTY: Statement = { text: '', values: [] };

  export function join(parts: readonly string[], separator = ', '): string {
    return parts.filter(Boolean).join(separator);
  }

  export class BuildError extends Error {
    override name = 'BuildError';
  }
}

/** Logs every call of the decorated method. */
function traced<This, Args extends unknown[], R>(
  target: (this: This, ...args: Args) => R,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => R>,
) {
  return function (this: This, ...args: Args): R {
    console.debug(`→ ${String(context.name)}`, args);
    return target.apply(this, args);
  };
}

export class Select<T extends object> {
  readonly #conditions: Condition<T>[] = [];
  #columns: Column<T>[] = [];
  #order?: readonly [Column<T>, 'asc' | 'desc'];
  #limit?: number;

  private constructor(private readonly table: string) {}

  static from<T extends object>(table: string): Select<T> {
    return new Select<T>(table);
  }

  columns(...names: Column<T>[]): this {
    this.#columns = names;
    return this;
  }

  where(condition: Condition<T>): this {
    this.#conditions.push(condition);
    return this;
  }

  orderBy(column: Column<T>, direction: 'asc' | 'desc' = 'asc'): this {
    this.#order = [column, direction];
    return this;
  }

  limit(count: number): this {
    this.#limit = count;
    return this;
  }

  @traced
  build(): Sql.Statement {
    const values: unknown[] = [];
    const clauses: string[] = [];

    for (const { column, operator, value } of this.#conditions) {
      const name = column.quoteIdent();
      switch (operator) {
        case 'in': {
          if (!Array.isArray(value)) {
            throw new Sql.BuildError(`"in" needs an array for {${column}}`);
          }
          if (value.length === 0) {
            clauses.push('false'); // nothing is in an empty list
            break;
          }
          const marks = value.map((item) => `$${values.push(item)}`);
          clauses.push(`${name} in (${marks.join(', ')})`);
          break;
        }
        case 'like':
          if (typeof value !== 'string') throw new Sql.BuildError('"like" needs text');
          clauses.push(`${name} like $${values.push(value)}`);
          break;
        default:
          if (value === null) {
            clauses.push(`${name} is null`);
          } else {
            clauses.push(`${name} ${operator} $${values.push(value)}`);
          }
      }
    }

    const columns = Sql.join(this.#columns.map((c) => c.quoteIdent())) || '*';
    let text = `select ${columns}
from ${this.table.quoteIdent()}`;
    if (clauses.length > 0) text += `\nwhere ${clauses.join(' and ')}`;
    if (this.#order) text += `\norder by ${this.#order[0].quoteIdent()} ${this.#order[1]}`;
    if (this.#limit !== undefined) text += `\nlimit ${this.#limit}`;
    return { text, values };
  }

  run = async (pool: Pool): Promise<T[]> => pool.query<T>(this.build());
}
