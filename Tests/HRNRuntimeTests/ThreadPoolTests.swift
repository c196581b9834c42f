import CHRNPlatform
import Foundation
import Synchronization
import Testing

/// The pool of workers, through its C interface.
@Suite(.serialized) struct ThreadPoolTests {
  /// How often each item ran.
  final class Ledger {
    let counts: UnsafeMutablePointer<Int32>
    let items: Int

    init(items: Int) {
      self.items = items
      counts = .allocate(capacity: items)
      counts.initialize(repeating: 0, count: items)
    }

    deinit { counts.deallocate() }

    func run(on pool: OpaquePointer?) {
      hrn_pool_run(
        pool, { context, item, _ in context!.assumingMemoryBound(to: Int32.self)[Int(item)] += 1 }, counts, Int32(items)
      )
    }

    func all(equal count: Int32) -> Bool { (0..<items).allSatisfy { counts[$0] == count } }
  }

  /// Items that none leaves before all have begun.
  final class Meeting: Sendable {
    private let begun = Atomic<Int>(0)
    private let items: Int
    /// Who ran each item of the last task.
    nonisolated(unsafe) let workers: UnsafeMutablePointer<Int32>

    init(items: Int) {
      self.items = items
      workers = .allocate(capacity: items)
    }

    deinit { workers.deallocate() }

    func enter(item: Int32, worker: Int32) {
      workers[Int(item)] = worker
      let place = begun.add(1, ordering: .acquiringAndReleasing).oldValue
      let all = (place / items + 1) * items
      while begun.load(ordering: .acquiring) < all { usleep(1) }
    }
  }

  @Test(arguments: [2, 3, 4, 16] as [Int32])
  func everyItemRunsOnceOnAnyNumberOfThreads(threads: Int32) throws {
    let pool = try #require(hrn_pool_create(threads, 1))
    defer { hrn_pool_destroy(pool) }
    for items in [0, 1, 2, 3, 7, 64, 10_000] {
      let ledger = Ledger(items: items)
      ledger.run(on: pool)
      #expect(ledger.all(equal: 1), "\(items) items")
    }
  }

  @Test func manySmallTasksInARowAreAllDone() throws {
    let pool = try #require(hrn_pool_create(3, 0))
    defer { hrn_pool_destroy(pool) }
    let ledger = Ledger(items: 5)
    for _ in 0..<20_000 { ledger.run(on: pool) }
    #expect(ledger.all(equal: 20_000))
  }

  /// What a thread wrote in one task it reads in the next: as long as all are at work, items do not change hands.
  @Test func everyThreadBeginsWithItsOwnShare() throws {
    let pool = try #require(hrn_pool_create(3, 0))
    defer { hrn_pool_destroy(pool) }
    let meeting = Meeting(items: 3)
    for round in 1...200 {
      hrn_pool_run(
        pool,
        { context, item, worker in
          Unmanaged<Meeting>.fromOpaque(context!).takeUnretainedValue().enter(item: item, worker: worker)
        }, Unmanaged.passUnretained(meeting).toOpaque(), 3)
      #expect((0..<3).map { meeting.workers[$0] } == [0, 1, 2], "round \(round)")
    }
  }

  @Test func workersThatFellAsleepWakeForTheNextTask() throws {
    let pool = try #require(hrn_pool_create(2, 1))
    defer { hrn_pool_destroy(pool) }
    let ledger = Ledger(items: 8)
    for _ in 0..<20 {
      ledger.run(on: pool)
      usleep(3_000)
    }
    #expect(ledger.all(equal: 20))
  }

  @Test func aPoolEndsWhetherItsWorkersSpinSleepOrNeverWorked() {
    for round in 0..<100 {
      let pool = hrn_pool_create(4, Int32(round % 2))
      let ledger = Ledger(items: 3)
      if round % 3 > 0 { ledger.run(on: pool) }
      if round % 3 > 1 { usleep(1_000) }
      hrn_pool_destroy(pool)
      #expect(round % 3 == 0 || ledger.all(equal: 1))
    }
    hrn_pool_destroy(nil)
  }

  @Test func aPoolTakesMoreThreadsThanThereAreProcessors() throws {
    let pool = try #require(hrn_pool_create(64, 1))
    defer { hrn_pool_destroy(pool) }
    let ledger = Ledger(items: 1_000)
    for _ in 0..<50 { ledger.run(on: pool) }
    #expect(ledger.all(equal: 50))
  }

  /// CPUs that the calling thread may run on.
  private func allowed() -> [Int32] { (0..<hrn_cpu_count()).map { hrn_cpu_at($0) } }

  @Test(.enabled(if: hrn_cpu_count() > 1, "one processor leaves nothing to choose"))
  func whereThreadsTakeAllProcessorsTheCallerCanTakeTheOneThatWorkersLeave() throws {
    let before = allowed()
    let pool = try #require(hrn_pool_create(Int32(before.count), 1))
    defer { hrn_pool_destroy(pool) }
    #expect(hrn_pool_bind_caller(pool) == 1)
    #expect(allowed() == [before[0]])
    let ledger = Ledger(items: 100)
    ledger.run(on: pool)
    #expect(ledger.all(equal: 1))
    hrn_pool_release_caller(pool)
    #expect(allowed() == before)
  }

  @Test func theCallerStaysFreeBesideWorkersThatAreFreeOrMoreThanTheProcessors() throws {
    let before = allowed()
    for (threads, pin) in [(Int32(before.count), Int32(0)), (Int32(before.count + 1), 1)] {
      let pool = try #require(hrn_pool_create(threads, pin))
      #expect(hrn_pool_bind_caller(pool) == 0)
      #expect(allowed() == before)
      hrn_pool_release_caller(pool)
      #expect(allowed() == before)
      hrn_pool_destroy(pool)
    }
    #expect(hrn_pool_bind_caller(nil) == 0)
    hrn_pool_release_caller(nil)
  }

  @Test func theThreadThatRunsATaskWorksToo() throws {
    let pool = try #require(hrn_pool_create(2, 0))
    defer { hrn_pool_destroy(pool) }
    nonisolated(unsafe) var seen: [UInt] = Array(repeating: 0, count: 200)
    seen.withUnsafeMutableBufferPointer { threads in
      hrn_pool_run(
        pool,
        { context, item, _ in
          context!.assumingMemoryBound(to: UInt.self)[Int(item)] = UInt(pthread_self())
          usleep(50)
        }, threads.baseAddress, 200)
    }
    #expect(seen.contains(UInt(pthread_self())))
    #expect(Set(seen).count <= 2)
  }
}

/// How many processors the control groups grant, read from files made up for the test.
struct ProcessorQuotaTests {
  /// The quota that a machine with these files reports.
  private func quota(_ files: [String: String]) throws -> Int32 {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("hrn-quota-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for (path, text) in files {
      let file = root.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: false, encoding: .utf8)
    }
    return hrn_cpu_quota(root.path)
  }

  @Test func withoutControlGroupsThereIsNoLimit() throws {
    #expect(try quota([:]) == .max)
    #expect(try quota(["proc/self/cgroup": "0::/\n"]) == .max)
    #expect(try quota(["proc/self/cgroup": "nonsense\n:\n\n"]) == .max)
  }

  @Test func versionTwoLimitsByQuotaAndPeriod() throws {
    let groups = ["proc/self/cgroup": "0::/\n"]
    #expect(try quota(groups.merging(["sys/fs/cgroup/cpu.max": "300000 100000\n"]) { $1 }) == 3)
    #expect(try quota(groups.merging(["sys/fs/cgroup/cpu.max": "250000 100000\n"]) { $1 }) == 2)
    #expect(try quota(groups.merging(["sys/fs/cgroup/cpu.max": "20000 100000\n"]) { $1 }) == 1)
    #expect(try quota(groups.merging(["sys/fs/cgroup/cpu.max": "max 100000\n"]) { $1 }) == .max)
    #expect(try quota(groups.merging(["sys/fs/cgroup/cpu.max": "x"]) { $1 }) == .max)
  }

  @Test func theSmallestLimitOfAGroupAndThoseAboveItHolds() throws {
    let files = [
      "proc/self/cgroup": "0::/pod/container\n", "sys/fs/cgroup/cpu.max": "max 100000\n",
      "sys/fs/cgroup/pod/cpu.max": "200000 100000\n", "sys/fs/cgroup/pod/container/cpu.max": "800000 100000\n",
    ]
    #expect(try quota(files) == 2)
  }

  @Test func versionOneLimitsByTwoFiles() throws {
    let group = "4:memory:/a\n3:cpu,cpuacct:/a\n1:cpuset:/\n"
    let files = [
      "proc/self/cgroup": group, "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "400000\n",
      "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
    ]
    #expect(try quota(files) == 4)
    #expect(try quota(files.merging(["sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "-1\n"]) { $1 }) == .max)
  }

  @Test func insideAContainerTheMountItselfIsTheGroup() throws {
    let files = [
      "proc/self/cgroup": "2:cpu:/not/visible/here\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n",
      "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    ]
    #expect(try quota(files) == 1)
  }

  @Test func thisMachineGrantsAtLeastOneThreadAndByDefaultAtMostFour() {
    #expect(hrn_cpu_count() >= 1)
    #expect(hrn_cpu_quota("") >= 1)
    #expect((1...4).contains(hrn_default_threads()))
    #expect(hrn_default_threads() <= hrn_cpu_count())
  }
}
