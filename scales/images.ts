// The images of a stack, before there is any resource: for what has to be there when the program starts.
import { backupImageSource } from "../components/backup/backup.ts";
import { coturnImageSource } from "../components/coturn/coturn.ts";
import { logsImageSource } from "../components/logs/log-collector.ts";
import { monitoringImageSource, nodeImageSource } from "../components/monitoring/monitoring.ts";
import { nginxImageSource } from "../components/nginx/nginx.ts";
import { postgresImageSource } from "../components/postgres/postgres.ts";
import { probesImageSource } from "../components/probes/probes.ts";
import { prosodyImageSource } from "../components/prosody/prosody-server.ts";
import { redisImageSource } from "../components/redis/redis.ts";
import { type ImageContext, imageContext } from "../platform/image-context.ts";
import type { Settings } from "../settings/schema.ts";
import { shipsLogs } from "../settings/shipping.ts";
import { isWatched, measuresNodes } from "../settings/watching.ts";

/** What the services of a stack are built of. */
export function imagesOf(settings: Settings): ImageContext[] {
  const { backup, database, modules, publish, turn } = settings;
  return [
    prosodyImageSource(modules.directory),
    ...(publish.https === 0 ? [] : [nginxImageSource()]),
    ...(database === "postgresql" ? [postgresImageSource()] : []),
    ...(turn.enabled ? [coturnImageSource(), redisImageSource()] : []),
    ...(isWatched(settings) ? [monitoringImageSource(), ...(measuresNodes(settings) ? [nodeImageSource()] : []), probesImageSource()] : []),
    ...(shipsLogs(settings) ? [logsImageSource()] : []),
    ...(backup.enabled ? [backupImageSource(modules.directory)] : []),
  ].map(imageContext);
}
