import common from "./en/common.js";
import coverage from "./en/coverage.js";
import events from "./en/events.js";
import instance from "./en/instance.js";
import kind from "./en/kind.js";
import overview from "./en/overview.js";
import plan from "./en/plan.js";
import resource from "./en/resource.js";
import signin from "./en/signin.js";
import size from "./en/size.js";
import system from "./en/system.js";

export default { ...common, ...coverage, ...events, ...instance, ...kind, ...overview, ...plan, ...resource, ...signin, ...size, ...system };
