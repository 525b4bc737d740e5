// One file to or from a server, by curl, which costs little itself.
import { execa } from "execa";

export interface Transfer {
  readonly url: string;
  /** The file to put there; without one it is got from there. */
  readonly upload?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the server is, whatever the host name and port of the URL. */
  readonly address: string;
  readonly port: number;
  /** File with the CA that its certificate comes from. */
  readonly authority: string;
}

/** Seconds from the start of the connection to the last byte of the answer. @throws unless `size` bytes went over */
export async function transfer({ url, upload, headers = {}, address, port, authority }: Transfer, size: number): Promise<number> {
  const options = [
    ["url", url],
    ["connect-to", `::${address}:${port}`],
    ["cacert", authority],
    ["output", "/dev/null"],
    ["write-out", "%{http_version} %{size_upload} %{size_download} %{time_total}"],
    ...(upload === undefined ? [] : [["upload-file", upload]]),
    ...Object.entries(headers).map(([name, value]) => ["header", `${name}: ${value}`]),
  ];
  const { stdout } = await execa("curl", ["--disable", "--silent", "--show-error", "--fail", "--http2", "--config", "-"], { input: options.map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join("\n") });
  const [version, sent, received, seconds] = stdout.split(" ");
  if (version !== "2" || Number(upload === undefined ? received : sent) !== size) throw new Error(`HTTP/2 and ${size} bytes were expected, curl says: ${stdout}`);
  return Number(seconds);
}
