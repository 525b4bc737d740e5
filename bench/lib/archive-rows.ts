// An archive as people have it after some years, put into Prosody's table by one statement.
import { execa } from "execa";

/** A container with PostgreSQL's programs, and Prosody's database in it. */
export interface Database {
  readonly container: string;
  readonly name: string;
}

/** One account's messages, and a fifth as many of 20 others between them. */
export interface Rows {
  readonly host: string;
  readonly user: string;
  readonly count: number;
}

/** What an archive that was filled has last: the texts of that many messages, in their order. */
export function lastBodies({ count }: Pick<Rows, "count">, last: number): string[] {
  const all = (count * 6) / 5;
  const own = Array.from({ length: 2 * last }, (_, index) => all - index).filter((n) => n % 6 !== 0);
  return own.slice(0, last).map((n) => `${n}: `).toReversed();
}

/**
 * Fills the table of a database, the same rows each time, and brings its statistics and what indexes know of it up to date. Every
 * sixth row is somebody else's. Ids are in order, as Prosody's (UUID version 7). Stanzas have what clients of today put beside a text:
 * receipts, markers, ids; texts have 30 to 330 letters. The indexes are what Prosody has made, built once the rows are there.
 */
export async function fillArchive(database: Database, { host, user, count }: Rows): Promise<void> {
  const all = (count * 6) / 5;
  await query(database, `DO $$
DECLARE
  made text[] := ARRAY(SELECT indexdef FROM pg_indexes WHERE tablename = 'prosodyarchive' AND indexname !~ '_pkey$');
  one text;
BEGIN
  FOR one IN SELECT indexname FROM pg_indexes WHERE tablename = 'prosodyarchive' AND indexname !~ '_pkey$' LOOP
    EXECUTE 'DROP INDEX ' || quote_ident(one);
  END LOOP;
  INSERT INTO prosodyarchive (host, "user", store, "key", "when", "with", type, value)
    SELECT '${host}', owner, 'archive', id, extract(epoch FROM now())::integer - 1000 - (${all} - n) / 4, contact, 'xml',
      format('<message xmlns=''jabber:client'' xml:lang=''en'' to=''%s'' from=''%s'' type=''chat'' id=''%s''><body>%s: %s</body><request xmlns=''urn:xmpp:receipts''/><markable xmlns=''urn:xmpp:chat-markers:0''/><origin-id xmlns=''urn:xmpp:sid:0'' id=''%s''/></message>',
        CASE WHEN n % 2 = 0 THEN owner || '@${host}' ELSE contact END, CASE WHEN n % 2 = 0 THEN contact ELSE owner || '@${host}' END || '/phone.Xy7aB',
        id, n, substr(repeat('Nothing that matters, and some more of it. ', 8), 1, 30 + n * 1009 % 300), id)
    FROM generate_series(1, ${all}) AS n,
      LATERAL (SELECT CASE WHEN n % 6 = 0 THEN 'user' || n / 6 % 20 ELSE '${user}' END AS owner, 'contact' || n % 37 || '@${host}' AS contact,
        (lpad(to_hex(1760000000000 + n * 250), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid::text AS id) AS row;
  FOREACH one IN ARRAY made LOOP
    EXECUTE one;
  END LOOP;
END $$`);
  await query(database, "VACUUM (ANALYZE) prosodyarchive");
  await query(database, "CHECKPOINT");
}

/** The answer of one row with one column. */
export async function query({ container, name }: Database, sql: string): Promise<string> {
  const { stdout } = await execa("docker", ["exec", "--interactive", container, "/usr/lib/postgresql/17/bin/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "/run/postgresql", "-U", "postgres", "-d", name], { input: sql });
  return stdout;
}
