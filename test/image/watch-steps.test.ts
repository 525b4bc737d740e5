// When a watching delivery delivers, look by look: what it sees of two directories, and what the delivery ends with, is made up.
import { beforeAll, expect, test } from "vitest";
import { prosodyImage } from "./image.ts";
import { withModules } from "./modules.ts";

let image: string;

beforeAll(async () => {
  image = await prosodyImage();
}, 300_000);

/**
 * The looks, counted from 1, at which it delivers. A look shows the states of both directories, as two letters; a delivery
 * ends with the status that is next, with 0 after the last; 10 looks pass until it tries again.
 */
async function deliveries(looks: readonly string[], ...statuses: number[]): Promise<number[]> {
  const program = `
    local looks, statuses, look, last = { ${looks.map((states) => `"${states}"`).join(", ")} }, { ${statuses.join(", ")} }, 1, 0
    package.loaded["posix.time"] = {
      nanosleep = function ()
        look = look + 1
        if not looks[look] then os.exit(0) end
      end
    }
    package.loaded["deliver.service"] = { now = function () return look end }
    package.loaded["deliver.tree"] = { kubelet_state = function (directory) return looks[look]:sub(directory, directory) end }
    package.loaded["deliver.verdicts"] = { forget = function () end, keep = function (verdict) assert(verdict == last) end }
    io.stdout:setvbuf("line")
    require "deliver.watch"({ 1, 2 }, function ()
      last = look
      print(look)
      return table.remove(statuses, 1) or 0, look
    end, 10)`;
  return (await withModules(image, program)).map(Number);
}

const times = (count: number, states: string) => Array.from({ length: count }, () => states);

test("at its start, and once for each state", async () => {
  expect(await deliveries([...times(5, "aa"), ...times(5, "ba"), ...times(5, "bb"), ...times(5, "ab")])).toEqual([1, 7, 12, 17]);
});

test("not before both directories stand still", async () => {
  expect(await deliveries(["aa", "aa", "ba", "bb", "cb", "cb", "cb"])).toEqual([1, 6]);
});

test("not again what came and went between two deliveries", async () => {
  expect(await deliveries(["aa", "ba", "aa", "aa", "aa"])).toEqual([1]);
});

test.each([3, 4])("after status %i not again: the files are refused", async (status) => {
  expect(await deliveries(times(40, "aa"), status)).toEqual([1]);
});

test.each([1, 5])("after status %i again after a while, until it passes", async (status) => {
  expect(await deliveries(times(40, "aa"), status, status)).toEqual([1, 11, 21]);
});

test("at once when other files come meanwhile, and then the old ones are not tried again", async () => {
  expect(await deliveries([...times(3, "aa"), ...times(40, "ab")], 5)).toEqual([1, 5]);
});
