import common from "./zh/common.js";
import coverage from "./zh/coverage.js";
import events from "./zh/events.js";
import instance from "./zh/instance.js";
import kind from "./zh/kind.js";
import overview from "./zh/overview.js";
import plan from "./zh/plan.js";
import resource from "./zh/resource.js";
import signin from "./zh/signin.js";
import size from "./zh/size.js";
import system from "./zh/system.js";

export default { ...common, ...coverage, ...events, ...instance, ...kind, ...overview, ...plan, ...resource, ...signin, ...size, ...system };
