import common from "./zh/common.js";
import events from "./zh/events.js";
import instance from "./zh/instance.js";
import kind from "./zh/kind.js";
import overview from "./zh/overview.js";
import plan from "./zh/plan.js";
import resource from "./zh/resource.js";
import signin from "./zh/signin.js";
import system from "./zh/system.js";

export default { ...common, ...events, ...instance, ...kind, ...overview, ...plan, ...resource, ...signin, ...system };
