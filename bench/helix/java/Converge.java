import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.Set;
import org.apache.helix.AccessOption;
import org.apache.helix.BaseDataAccessor;
import org.apache.helix.ConfigAccessor;
import org.apache.helix.controller.HelixControllerMain;
import org.apache.helix.controller.rebalancer.DelayedAutoRebalancer;
import org.apache.helix.controller.rebalancer.strategy.AutoRebalanceStrategy;
import org.apache.helix.controller.rebalancer.strategy.CrushEdRebalanceStrategy;
import org.apache.helix.controller.rebalancer.waged.WagedRebalancer;
import org.apache.helix.manager.zk.ZKHelixAdmin;
import org.apache.helix.manager.zk.ZkBaseDataAccessor;
import org.apache.helix.model.ClusterConfig;
import org.apache.helix.model.IdealState;
import org.apache.helix.model.InstanceConfig;
import org.apache.helix.model.OnlineOfflineSMD;
import org.apache.helix.zookeeper.datamodel.ZNRecord;
import org.apache.zookeeper.data.Stat;

/**
 * A controller and participants against a ZooKeeper: the first placement, then more participants.
 *
 * <p>Arguments: address, cluster, strategy, file of ids, partitions a resource, participants before, after,
 * seconds that a step may take ({@code LATE step} where it took longer). Before a
 * step it prints {@code BEGIN step} and waits for a line; after it {@code RESULT step joined committed known told
 * moves}, the first three in seconds since its begin, and waits for a line again. When something was written is
 * what ZooKeeper says.
 */
public final class Converge {
  private static final long QUIET_MS = 2_000;
  private static final Scanner IN = new Scanner(System.in);

  private final String cluster;
  private final BaseDataAccessor<ZNRecord> nodes;
  private final long limitMs;
  private Map<String, String> owners = new HashMap<>();
  private String said = "nothing was looked at";

  private Converge(String address, String cluster, long limitMs) {
    this.cluster = cluster;
    this.limitMs = limitMs;
    this.nodes = new ZkBaseDataAccessor<>(address);
  }

  public static void main(String[] given) throws Exception {
    String address = given[0];
    String cluster = given[1];
    Map<String, List<String>> resources =
        Fleet.split(Files.readAllLines(Path.of(given[3])), Integer.parseInt(given[4]));
    int before = Integer.parseInt(given[5]);
    int after = Integer.parseInt(given[6]);
    ZKHelixAdmin admin = new ZKHelixAdmin(address);
    admin.addCluster(cluster);
    admin.addStateModelDef(cluster, OnlineOfflineSMD.name, OnlineOfflineSMD.build(), true);
    configure(address, cluster);
    Participants participants = new Participants(address, cluster);
    add(admin, cluster, 0, before);
    participants.connect(0, before);
    HelixControllerMain.startHelixController(address, cluster, "controller", HelixControllerMain.STANDALONE);
    Converge it = new Converge(address, cluster, 1000 * Long.parseLong(given[7]));
    it.step("first", before, resources, () -> {
      for (Map.Entry<String, List<String>> one : resources.entrySet()) {
        admin.addResource(cluster, one.getKey(), ideal(given[2], one.getKey(), one.getValue()));
      }
    });
    it.step("grow", after, resources, () -> {
      add(admin, cluster, before, after);
      participants.connect(before, after);
    });
    System.exit(0);
  }

  private interface Change {
    void make() throws Exception;
  }

  private void step(String name, int count, Map<String, List<String>> resources, Change change) throws Exception {
    System.out.println("BEGIN " + name);
    IN.nextLine();
    long told = Participants.TOLD.get();
    long begun = System.currentTimeMillis();
    Decisions decisions = new Decisions(nodes, resources.keySet().stream().map(r -> path("IDEALSTATES", r)).toList());
    decisions.start();
    change.make();
    double joined = (System.currentTimeMillis() - begun) / 1e3;
    Map<String, String> now = null;
    while (now == null || quietSince() < QUIET_MS) {
      Thread.sleep(100);
      if (System.currentTimeMillis() - begun > limitMs) {
        System.out.println("LATE " + name + " " + said);
        System.exit(0);
      }
      now = quietSince() < QUIET_MS ? null : views(resources, count);
    }
    long committed = 0;
    long known = 0;
    for (String resource : resources.keySet()) {
      Map<String, String> own = new HashMap<>();
      for (String partition : resources.get(resource)) {
        own.put(partition, now.get(partition));
      }
      committed = Math.max(committed, decisions.decided(path("IDEALSTATES", resource), own));
      known = Math.max(known, changed("EXTERNALVIEW", resource));
    }
    Map<String, String> old = owners;
    long moves = now.entrySet().stream().filter(e -> !e.getValue().equals(old.getOrDefault(e.getKey(), e.getValue()))).count();
    owners = now;
    System.out.println("RESULT " + name + " " + joined + " " + (committed - begun) / 1e3 + " "
        + (known - begun) / 1e3 + " " + (Participants.TOLD.get() - told) + " " + moves);
    IN.nextLine();
  }

  private static long quietSince() {
    return System.currentTimeMillis() - Participants.LAST.get();
  }

  /** Who owns each partition; null while one has no owner or two, or a participant has none. */
  private Map<String, String> views(Map<String, List<String>> resources, int count) {
    Map<String, String> found = new HashMap<>();
    Set<String> serving = new HashSet<>();
    int wanted = 0;
    int wrong = 0;
    for (Map.Entry<String, List<String>> one : resources.entrySet()) {
      ZNRecord view = nodes.get(path("EXTERNALVIEW", one.getKey()), null, AccessOption.PERSISTENT);
      wanted += one.getValue().size();
      if (view == null || System.currentTimeMillis() - changed("EXTERNALVIEW", one.getKey()) < QUIET_MS) {
        return null;
      }
      for (Map.Entry<String, Map<String, String>> partition : view.getMapFields().entrySet()) {
        List<String> online = partition.getValue().entrySet().stream()
            .filter(e -> e.getValue().equals(Fleet.ONLINE)).map(Map.Entry::getKey).toList();
        if (online.size() == 1) {
          found.put(partition.getKey(), online.get(0));
          serving.add(online.get(0));
        } else {
          wrong++;
        }
      }
    }
    said = found.size() + " of " + wanted + " with one owner, " + wrong + " with none or more, on " + serving.size();
    return found.size() == wanted && serving.size() == count ? found : null;
  }

  private long changed(String folder, String resource) {
    Stat stat = new Stat();
    nodes.get(path(folder, resource), stat, AccessOption.PERSISTENT);
    return stat.getMtime();
  }

  private String path(String folder, String resource) {
    return "/" + cluster + "/" + folder + "/" + resource;
  }

  private static void add(ZKHelixAdmin admin, String cluster, int from, int to) {
    for (int number = from; number < to; number++) {
      InstanceConfig config = new InstanceConfig(Participants.name(number));
      config.setHostName(Participants.name(number));
      config.setPort("1");
      config.setInstanceEnabled(true);
      admin.addInstance(cluster, config);
    }
  }

  /** Weights of one, without which WAGED keeps everything where it is; what is decided is written down. */
  private static void configure(String address, String cluster) {
    ConfigAccessor accessor = new ConfigAccessor(address);
    ClusterConfig config = accessor.getClusterConfig(cluster);
    config.setPersistBestPossibleAssignment(true);
    config.setInstanceCapacityKeys(List.of(Fleet.WEIGHT));
    config.setDefaultInstanceCapacityMap(Map.of(Fleet.WEIGHT, 20_000));
    config.setDefaultPartitionWeightMap(Map.of(Fleet.WEIGHT, 1));
    accessor.setClusterConfig(cluster, config);
  }

  private static IdealState ideal(String strategy, String resource, List<String> partitions) {
    IdealState ideal = new IdealState(resource);
    ideal.setRebalanceMode(IdealState.RebalanceMode.FULL_AUTO);
    ideal.setStateModelDefRef(OnlineOfflineSMD.name);
    ideal.setNumPartitions(partitions.size());
    ideal.setReplicas("1");
    ideal.setMinActiveReplicas(0);
    switch (strategy) {
      case "auto" -> ideal.setRebalanceStrategy(AutoRebalanceStrategy.class.getName());
      case "crushed" -> {
        ideal.setRebalancerClassName(DelayedAutoRebalancer.class.getName());
        ideal.setRebalanceStrategy(CrushEdRebalanceStrategy.class.getName());
      }
      default -> ideal.setRebalancerClassName(WagedRebalancer.class.getName());
    }
    for (String partition : partitions) {
      ideal.getRecord().setListField(partition, new java.util.ArrayList<>());
    }
    return ideal;
  }
}
