// A stack's Prometheus, asked from within its container: nothing of it is published.

export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: "up" | "down" | "unknown";
  readonly lastError: string;
  /** RFC 3339. */
  readonly lastScrape: string;
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

const program = `
local http, url = require "socket.http", require "socket.url"
local body, status = http.request("http://127.0.0.1:9090/api/v1/" .. arg[1] .. (arg[2] and "?query=" .. url.escape(arg[2]) or ""))
assert(status == 200, body)
io.write(body)
`;

const many = `
local http, url = require "socket.http", require "socket.url"
for _, expression in ipairs(expressions) do
  print((http.request("http://127.0.0.1:9090/api/v1/query?query=" .. url.escape(expression))))
end
`;

export class Prometheus {
  private readonly execute: (command: readonly string[]) => Promise<string>;

  /** `execute` runs a command in its container and returns what it prints. */
  constructor(execute: (command: readonly string[]) => Promise<string>) {
    this.execute = execute;
  }

  /** Whom it asks, and how that goes. */
  async targets(): Promise<readonly Target[]> {
    return (await this.ask<{ activeTargets: Target[] }>("targets")).activeTargets;
  }

  /** The series of an expression. */
  async query(expression: string): Promise<readonly Sample[]> {
    return (await this.ask<{ result: Sample[] }>("query", expression)).result;
  }

  /** How many series each of these expressions has, or why it has none at all. */
  async counts(expressions: readonly string[]): Promise<readonly (number | string)[]> {
    const lines = (await this.execute(["/usr/bin/lua5.4", "-e", `expressions = { ${expressions.map((one) => JSON.stringify(one)).join(", ")} } ${many}`])).trim().split("\n");
    return lines.map((line) => {
      const answer = JSON.parse(line) as { data?: { result: readonly unknown[] }; error?: string };
      return answer.data?.result.length ?? answer.error ?? line;
    });
  }

  /** Alerts that it has. */
  async alerts(): Promise<readonly FiringAlert[]> {
    return (await this.ask<{ alerts: FiringAlert[] }>("alerts")).alerts;
  }

  private async ask<T>(path: string, ...query: string[]): Promise<T> {
    const answer = JSON.parse(await this.execute(["/usr/bin/lua5.4", "-e", `arg = { ${[path, ...query].map((one) => JSON.stringify(one)).join(", ")} } ${program}`])) as { data: T };
    return answer.data;
  }
}
