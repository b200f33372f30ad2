import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Pure planning: one strategy on one list of ids, scenario by scenario.
 *
 * <p>Arguments: strategy, file of ids ("id" or "id weight" a line), partitions a resource, folder for the answers,
 * seconds that the runs of one scenario may take (where one takes longer, it is the only one), then scenarios as name:before:nodes:dead, where before is the name
 * of an earlier scenario or "-". Prints {@code RESULT name seconds/CPU...} once a scenario is over, and writes into
 * the file of its name the number of the owner of each id, in their order (-1: none).
 */
public final class Plans {
  private static final int RUNS = 15;
  private static final int WARM_UPS = 40;
  private static final int WARM_UP_IDS = 5_000;
  private static final double WARM_UP_S = 30.0;

  public static void main(String[] given) throws Exception {
    List<String> ids = new ArrayList<>();
    Map<String, Integer> weights = new HashMap<>();
    for (String line : Files.readAllLines(Path.of(given[1]))) {
      String[] words = line.split(" ");
      ids.add(words[0]);
      if (words.length > 1) {
        weights.put(words[0], Integer.parseInt(words[1]));
      }
    }
    Map<String, List<String>> partitions = Fleet.split(ids, Integer.parseInt(given[2]));
    Planner planner = Planner.named(given[0]);
    double budget = Double.parseDouble(given[4]);
    warmUp(planner, partitions, weights);
    Map<String, Planner.Plan> done = new HashMap<>();
    done.put("-", new Planner.Plan(Map.of(), null));
    for (String scenario : List.of(given).subList(5, given.length)) {
      String[] words = scenario.split(":");
      Fleet fleet = new Fleet(partitions, weights.isEmpty() ? null : weights,
          Integer.parseInt(words[2]), Integer.parseInt(words[3]));
      Planner.Plan before = done.get(words[1]);
      StringBuilder took = new StringBuilder();
      Planner.Plan plan = timed(planner, fleet, before, budget, took);
      done.put(words[0], plan);
      write(Path.of(given[3], words[0]), ids, plan);
      System.out.println("RESULT " + words[0] + took);
    }
    System.exit(0);
  }

  /** Until the compiler has seen the strategy at work often: a first placement and a change, again and again. */
  private static void warmUp(Planner planner, Map<String, List<String>> all, Map<String, Integer> weights)
      throws Exception {
    List<String> some = all.values().iterator().next();
    Map<String, List<String>> partitions = Fleet.split(some.subList(0, Math.min(WARM_UP_IDS, some.size())), WARM_UP_IDS);
    Map<String, Integer> own = new HashMap<>();
    partitions.values().forEach(ids -> ids.forEach(id -> own.computeIfAbsent(id, weights::get)));
    Fleet before = new Fleet(partitions, weights.isEmpty() ? null : own, 100, 0);
    Fleet after = new Fleet(partitions, weights.isEmpty() ? null : own, 120, 0);
    long begun = System.nanoTime();
    for (int run = 0; run < WARM_UPS && (System.nanoTime() - begun) / 1e9 < WARM_UP_S; run++) {
      Planner.Plan first = planner.plan(before, planner.prepared(before, Map.of()), null);
      planner.plan(after, planner.prepared(after, first.owners()), first.memory());
    }
  }

  private static Planner.Plan timed(
      Planner planner, Fleet fleet, Planner.Plan before, double budget, StringBuilder took) throws Exception {
    long begun = System.nanoTime();
    long spent = cpu();
    Planner.Plan plan = null;
    double warming = 0;
    // The first run of each scenario meets code that the warming up did not; where it is long it is all there is.
    plan = planner.plan(fleet, planner.prepared(fleet, before.owners()), before.memory());
    warming = (System.nanoTime() - begun) / 1e9;
    if (warming > budget) {
      took.append(' ').append(warming).append('/').append((cpu() - spent) / 1e9);
      return plan;
    }
    for (int run = 0; run < RUNS; run++) {
      Object prepared = planner.prepared(fleet, before.owners());
      System.gc();
      spent = cpu();
      long start = System.nanoTime();
      plan = planner.plan(fleet, prepared, before.memory());
      long now = System.nanoTime();
      took.append(' ').append((now - start) / 1e9).append('/').append((cpu() - spent) / 1e9);
      if ((now - begun) / 1e9 + (now - start) / 1e9 > budget) {
        break;
      }
    }
    return plan;
  }

  /** Of the whole process: the collector and the compiler of Java among it. */
  private static long cpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
  }

  private static void write(Path file, List<String> ids, Planner.Plan plan) throws Exception {
    Map<String, Integer> owners = new HashMap<>();
    for (Map<String, String> some : plan.owners().values()) {
      some.forEach((id, node) -> owners.put(id, Integer.parseInt(node.substring(node.indexOf('_') + 1))));
    }
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (String id : ids) {
        out.write(owners.getOrDefault(id, -1) + "\n");
      }
    }
  }
}
