import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.helix.controller.dataproviders.ResourceControllerDataProvider;
import org.apache.helix.model.ClusterConfig;
import org.apache.helix.model.IdealState;
import org.apache.helix.model.InstanceConfig;
import org.apache.helix.model.LiveInstance;
import org.apache.helix.model.OnlineOfflineSMD;
import org.apache.helix.model.Resource;
import org.apache.helix.model.ResourceConfig;

/** A cluster as the rebalancers see it, in memory: nodes, of which some are dead, and what is to be placed. */
final class Fleet {
  static final String ONLINE = "ONLINE";
  static final String WEIGHT = "WEIGHT";

  final ResourceControllerDataProvider data = new ResourceControllerDataProvider("bench");
  final List<String> nodes = new ArrayList<>();
  final List<String> live = new ArrayList<>();
  final Map<String, Resource> resources = new HashMap<>();
  final Map<String, List<String>> partitions;

  /** {@code weights}: of each partition; null where all weigh the same. The last {@code dead} nodes do not live. */
  Fleet(Map<String, List<String>> partitions, Map<String, Integer> weights, int count, int dead) throws Exception {
    this.partitions = partitions;
    ClusterConfig cluster = new ClusterConfig("bench");
    if (weights != null) {
      int whole = weights.values().stream().mapToInt(Integer::intValue).sum();
      cluster.setInstanceCapacityKeys(List.of(WEIGHT));
      int heaviest = weights.values().stream().mapToInt(Integer::intValue).max().orElse(1);
      cluster.setDefaultInstanceCapacityMap(Map.of(WEIGHT, 2 * Math.max(whole / (count - dead), heaviest)));
      cluster.setDefaultPartitionWeightMap(Map.of(WEIGHT, 1));
    }
    data.setClusterConfig(cluster);
    Map<String, InstanceConfig> configs = new HashMap<>();
    List<LiveInstance> living = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      String name = String.format("node_%04d", number);
      InstanceConfig config = new InstanceConfig(name);
      config.setHostName(name);
      config.setPort("1");
      config.setInstanceEnabled(true);
      configs.put(name, config);
      nodes.add(name);
      if (number < count - dead) {
        live.add(name);
        LiveInstance instance = new LiveInstance(name);
        instance.setSessionId("s" + number);
        instance.setHelixVersion("bench");
        instance.setLiveInstance("bench");
        living.add(instance);
      }
    }
    data.setInstanceConfigMap(configs);
    data.setLiveInstances(living);
    data.setStateModelDefMap(Map.of(OnlineOfflineSMD.name, OnlineOfflineSMD.build()));
    List<IdealState> ideals = new ArrayList<>();
    Map<String, ResourceConfig> resourceConfigs = new HashMap<>();
    for (Map.Entry<String, List<String>> one : partitions.entrySet()) {
      IdealState ideal = new IdealState(one.getKey());
      ideal.setRebalanceMode(IdealState.RebalanceMode.FULL_AUTO);
      ideal.setStateModelDefRef(OnlineOfflineSMD.name);
      ideal.setReplicas("1");
      ideal.setNumPartitions(one.getValue().size());
      Resource resource = new Resource(one.getKey());
      Map<String, Map<String, Integer>> capacities = new HashMap<>();
      for (String partition : one.getValue()) {
        ideal.getRecord().setListField(partition, new ArrayList<>());
        resource.addPartition(partition);
        if (weights != null) {
          capacities.put(partition, Map.of(WEIGHT, weights.get(partition)));
        }
      }
      if (weights != null) {
        capacities.put(ResourceConfig.DEFAULT_PARTITION_KEY, Map.of(WEIGHT, 1));
        ResourceConfig config = new ResourceConfig(one.getKey());
        config.setPartitionCapacityMap(capacities);
        resourceConfigs.put(one.getKey(), config);
      }
      ideals.add(ideal);
      resources.put(one.getKey(), resource);
    }
    data.setIdealStates(ideals);
    data.setResourceConfigMap(resourceConfigs);
  }

  static LinkedHashMap<String, Integer> oneReplica() {
    LinkedHashMap<String, Integer> states = new LinkedHashMap<>();
    states.put(ONLINE, 1);
    return states;
  }

  /** The ids in resources of at most so many partitions, as one record of ZooKeeper holds no more. */
  static Map<String, List<String>> split(List<String> ids, int most) {
    Map<String, List<String>> found = new LinkedHashMap<>();
    for (int start = 0; start < ids.size(); start += most) {
      String name = String.format("resource_%03d", start / most);
      found.put(name, new ArrayList<>(ids.subList(start, Math.min(ids.size(), start + most))));
    }
    return found;
  }
}
