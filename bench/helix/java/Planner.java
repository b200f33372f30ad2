import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.helix.controller.dataproviders.ResourceControllerDataProvider;
import org.apache.helix.controller.rebalancer.strategy.AutoRebalanceStrategy;
import org.apache.helix.controller.rebalancer.strategy.CrushEdRebalanceStrategy;
import org.apache.helix.controller.rebalancer.strategy.RebalanceStrategy;
import org.apache.helix.zookeeper.datamodel.ZNRecord;

/** Gives every partition a node. What it is given of before is by resource, partition: node. */
interface Planner {
  /** A plan, and what the planner itself wants to be told next time. */
  record Plan(Map<String, Map<String, String>> owners, Object memory) {}

  /** Called outside the clock: the form in which the strategy takes what was before. */
  Object prepared(Fleet fleet, Map<String, Map<String, String>> before);

  Plan plan(Fleet fleet, Object before, Object memory) throws Exception;

  static Planner named(String name) {
    return switch (name) {
      case "auto" -> new ByResource() {
        @Override
        RebalanceStrategy<ResourceControllerDataProvider> made() {
          return new AutoRebalanceStrategy();
        }
      };
      case "crushed" -> new ByResource() {
        @Override
        RebalanceStrategy<ResourceControllerDataProvider> made() {
          return new CrushEdRebalanceStrategy();
        }
      };
      case "waged" -> new Waged();
      default -> throw new IllegalArgumentException(name + " is none of auto, crushed, waged");
    };
  }

  /** A strategy that plans one resource at a time and knows nothing of the others. */
  abstract class ByResource implements Planner {
    abstract RebalanceStrategy<ResourceControllerDataProvider> made();

    /** Only what live nodes have: the controller knows the current state of no others. */
    @Override
    public Object prepared(Fleet fleet, Map<String, Map<String, String>> before) {
      Set<String> live = new HashSet<>(fleet.live);
      Map<String, Map<String, Map<String, String>>> mapping = new HashMap<>();
      before.forEach((resource, owners) -> {
        Map<String, Map<String, String>> states = new HashMap<>();
        owners.forEach((partition, node) -> {
          if (live.contains(node)) {
            states.put(partition, new HashMap<>(Map.of(node, Fleet.ONLINE)));
          }
        });
        mapping.put(resource, states);
      });
      return mapping;
    }

    @Override
    @SuppressWarnings("unchecked")
    public Plan plan(Fleet fleet, Object before, Object memory) {
      Map<String, Map<String, Map<String, String>>> mapping =
          (Map<String, Map<String, Map<String, String>>>) before;
      Map<String, Map<String, String>> owners = new HashMap<>();
      fleet.partitions.forEach((resource, partitions) -> {
        RebalanceStrategy<ResourceControllerDataProvider> strategy = made();
        strategy.init(resource, partitions, Fleet.oneReplica(), Integer.MAX_VALUE);
        ZNRecord found = strategy.computePartitionAssignment(
            fleet.nodes, fleet.live, mapping.getOrDefault(resource, Map.of()), fleet.data);
        Map<String, String> own = new HashMap<>();
        for (Map.Entry<String, List<String>> one : found.getListFields().entrySet()) {
          if (!one.getValue().isEmpty()) {
            own.put(one.getKey(), one.getValue().get(0));
          }
        }
        owners.put(resource, own);
      });
      return new Plan(owners, null);
    }
  }
}
