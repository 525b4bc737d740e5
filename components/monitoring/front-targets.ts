// What a Prometheus of the operator's own asks the front for, and where the front has it from.
import type { Surroundings } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { type BlackboxTarget, blackboxTargets } from "./blackbox.ts";
import { programs } from "./programs.ts";
import { type Job, jobs, sourcesOf } from "./sources.ts";
import { type Target, targets } from "./targets.ts";

/** A target as it is seen from outside. */
export interface FrontTarget {
  readonly job: Job;
  readonly instance: string;
  /** Its path on the first domain's site. */
  readonly path: string;
  /** Where the front has it from; of the blackbox exporter with what it is to try, so that nobody outside says that. */
  readonly from: Target;
}

const below = "/scrape";

/** All of them where another one's Prometheus asks, and none elsewhere. */
export function frontTargets(settings: Settings, place: Pick<Surroundings, "host">): FrontTarget[] {
  if (settings.monitoring !== "external") return [];
  const sources = sourcesOf(settings);
  return jobs.filter((job) => sources.has(job)).flatMap((job) =>
    job === "blackbox" ? blackboxTargets(settings, place).map(throughBlackbox) : [{ job, instance: job, path: `${below}/${job}`, from: targets[job] }],
  );
}

function throughBlackbox({ name, address }: BlackboxTarget): FrontTarget {
  const asked = `module=${encodeURIComponent(name)}&target=${encodeURIComponent(address)}`;
  return { job: "blackbox", instance: name, path: `${below}/blackbox/${name.replaceAll(" ", "/")}`, from: { workload: "exporters", port: programs.exporters.port, path: `/probe?${asked}` } };
}
