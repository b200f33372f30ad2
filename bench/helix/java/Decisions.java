import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.helix.AccessOption;
import org.apache.helix.BaseDataAccessor;
import org.apache.helix.zookeeper.datamodel.ZNRecord;
import org.apache.zookeeper.data.Stat;

/** Every version of the records in which the controller writes down what it decided, and when it was written. */
final class Decisions extends Thread {
  private static final long LOOK_MS = 20;

  private record Version(long at, ZNRecord record) {}

  private final BaseDataAccessor<ZNRecord> nodes;
  private final List<String> paths;
  private final Map<String, List<Version>> versions = new HashMap<>();
  private volatile boolean over;

  Decisions(BaseDataAccessor<ZNRecord> nodes, List<String> paths) {
    this.nodes = nodes;
    this.paths = paths;
    setDaemon(true);
  }

  @Override
  public void run() {
    Map<String, Integer> seen = new HashMap<>();
    while (!over) {
      Stat[] stats = nodes.getStats(paths, AccessOption.PERSISTENT);
      for (int at = 0; at < stats.length; at++) {
        String path = paths.get(at);
        if (stats[at] != null && seen.getOrDefault(path, -1) != stats[at].getVersion()) {
          Stat stat = new Stat();
          ZNRecord record = nodes.get(path, stat, AccessOption.PERSISTENT);
          seen.put(path, stat.getVersion());
          versions.computeIfAbsent(path, p -> new ArrayList<>()).add(new Version(stat.getMtime(), record));
        }
      }
      try {
        Thread.sleep(LOOK_MS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** When it was first written that each of these partitions has the owner that it has in the end; 0: never. */
  long decided(String path, Map<String, String> owners) throws InterruptedException {
    over = true;
    join();
    for (Version one : versions.getOrDefault(path, List.of())) {
      boolean all = true;
      for (Map.Entry<String, String> wanted : owners.entrySet()) {
        all = all && names(one.record(), wanted.getKey(), wanted.getValue());
      }
      if (all) {
        return one.at();
      }
    }
    return 0;
  }

  private static boolean names(ZNRecord record, String partition, String node) {
    List<String> preferred = record.getListField(partition);
    Map<String, String> states = record.getMapField(partition);
    return (preferred != null && !preferred.isEmpty() && preferred.get(0).equals(node))
        || (states != null && Fleet.ONLINE.equals(states.get(node)));
  }
}
