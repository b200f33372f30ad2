import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.helix.HelixManager;
import org.apache.helix.HelixManagerFactory;
import org.apache.helix.InstanceType;
import org.apache.helix.NotificationContext;
import org.apache.helix.model.Message;
import org.apache.helix.model.OnlineOfflineSMD;
import org.apache.helix.participant.statemachine.StateModel;
import org.apache.helix.participant.statemachine.StateModelFactory;
import org.apache.helix.participant.statemachine.StateModelInfo;
import org.apache.helix.participant.statemachine.Transition;

/** Participants of one JVM that do nothing when they are told to serve or to stop serving. */
final class Participants {
  /** When the last of them was told something, and how often one was. */
  static final AtomicLong LAST = new AtomicLong();
  static final AtomicLong TOLD = new AtomicLong();

  private final String address;
  private final String cluster;
  private final List<HelixManager> connected = new ArrayList<>();

  Participants(String address, String cluster) {
    this.address = address;
    this.cluster = cluster;
  }

  void connect(int from, int to) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    List<Future<HelixManager>> coming = new ArrayList<>();
    for (int number = from; number < to; number++) {
      String name = name(number);
      coming.add(pool.submit(() -> {
        HelixManager one = HelixManagerFactory.getZKHelixManager(cluster, name, InstanceType.PARTICIPANT, address);
        one.getStateMachineEngine().registerStateModelFactory(OnlineOfflineSMD.name, new Factory());
        one.connect();
        return one;
      }));
    }
    for (Future<HelixManager> one : coming) {
      connected.add(one.get());
    }
    pool.shutdown();
  }

  static String name(int number) {
    return String.format("node_%04d", number);
  }

  public static final class Factory extends StateModelFactory<Idle> {
    @Override
    public Idle createNewStateModel(String resource, String partition) {
      return new Idle();
    }
  }

  @StateModelInfo(initialState = "OFFLINE", states = {"ONLINE", "OFFLINE"})
  public static final class Idle extends StateModel {
    @Transition(from = "OFFLINE", to = "ONLINE")
    public void onBecomeOnlineFromOffline(Message message, NotificationContext context) {
      told();
    }

    @Transition(from = "ONLINE", to = "OFFLINE")
    public void onBecomeOfflineFromOnline(Message message, NotificationContext context) {
      told();
    }

    @Transition(from = "OFFLINE", to = "DROPPED")
    public void onBecomeDroppedFromOffline(Message message, NotificationContext context) {
      told();
    }

    private static void told() {
      TOLD.incrementAndGet();
      LAST.set(System.currentTimeMillis());
    }
  }
}
