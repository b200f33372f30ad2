import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.helix.HelixConstants.ChangeType;
import org.apache.helix.controller.rebalancer.waged.RebalanceAlgorithm;
import org.apache.helix.controller.rebalancer.waged.constraints.ConstraintBasedAlgorithmFactory;
import org.apache.helix.controller.rebalancer.waged.model.ClusterModel;
import org.apache.helix.controller.rebalancer.waged.model.ClusterModelProvider;
import org.apache.helix.model.ClusterConfig;
import org.apache.helix.model.Partition;
import org.apache.helix.model.ResourceAssignment;

/**
 * The steps of WagedRebalancer, without its threads and its store: the baseline where nodes were added or
 * removed, the emergency for what stands on nodes that are gone, then the partial rebalance.
 */
final class Waged implements Planner {
  private final RebalanceAlgorithm algorithm =
      ConstraintBasedAlgorithmFactory.getInstance(ClusterConfig.DEFAULT_GLOBAL_REBALANCE_PREFERENCE);

  private record Memory(Map<String, ResourceAssignment> baseline, Set<String> nodes) {}

  @Override
  public Object prepared(Fleet fleet, Map<String, Map<String, String>> before) {
    Map<String, ResourceAssignment> found = new HashMap<>();
    before.forEach((resource, owners) -> {
      ResourceAssignment assignment = new ResourceAssignment(resource);
      owners.forEach((partition, node) ->
          assignment.addReplicaMap(new Partition(partition), Map.of(node, Fleet.ONLINE)));
      found.put(resource, assignment);
    });
    return found;
  }

  @Override
  @SuppressWarnings("unchecked")
  public Plan plan(Fleet fleet, Object before, Object memory) throws Exception {
    Map<String, ResourceAssignment> current = (Map<String, ResourceAssignment>) before;
    Memory known = memory == null ? new Memory(Map.of(), Set.of()) : (Memory) memory;
    Set<String> nodes = new HashSet<>(fleet.nodes);
    Set<String> live = new HashSet<>(fleet.live);
    Map<String, ResourceAssignment> baseline = known.baseline();
    if (!nodes.equals(known.nodes())) {
      Map<ChangeType, Set<String>> changes = new HashMap<>();
      changes.put(ChangeType.INSTANCE_CONFIG, new HashSet<>(nodes));
      baseline = solved(ClusterModelProvider.generateClusterModelForBaseline(
          fleet.data, fleet.resources, nodes, changes, baseline));
    }
    if (!current.isEmpty() && !live.containsAll(known.nodes())) {
      current = solved(ClusterModelProvider.generateClusterModelForEmergencyRebalance(
          fleet.data, fleet.resources, live, current));
    }
    Map<String, ResourceAssignment> made = solved(ClusterModelProvider.generateClusterModelForPartialRebalance(
        fleet.data, fleet.resources, live, baseline, current));
    return new Plan(owners(made), new Memory(baseline, nodes));
  }

  private Map<String, ResourceAssignment> solved(ClusterModel model) throws Exception {
    return algorithm.calculate(model).getOptimalResourceAssignment();
  }

  private static Map<String, Map<String, String>> owners(Map<String, ResourceAssignment> made) {
    Map<String, Map<String, String>> found = new HashMap<>();
    made.forEach((resource, assignment) -> {
      Map<String, String> own = new HashMap<>();
      assignment.getRecord().getMapFields().forEach((partition, states) ->
          states.keySet().stream().findFirst().ifPresent(node -> own.put(partition, node)));
      found.put(resource, own);
    });
    return found;
  }
}
