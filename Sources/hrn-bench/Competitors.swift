import CHRNPlatform
import Foundation
import HRNCompiler
import HRNFormat

/// Processes that do nothing but keep a CPU busy, each bound to one of those that this process may use.
final class Competitors {
  private var processes: [Process] = []

  /// Starts them, asleep.
  init(count: Int) throws(CommandFailure) {
    for index in 0..<count {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      process.arguments = ["--competes-on", "\(hrn_cpu_at(Int32(index) % hrn_cpu_count()))"]
      do {
        try process.run()
      } catch {
        throw CommandFailure(.inputOutput, "a competing process cannot be started")
      }
      processes.append(process)
    }
    sleep()
  }

  deinit {
    for process in processes { kill(process.processIdentifier, SIGKILL) }
    for process in processes { process.waitUntilExit() }
  }

  func work() {
    for process in processes { kill(process.processIdentifier, SIGCONT) }
  }

  func sleep() {
    for process in processes { kill(process.processIdentifier, SIGSTOP) }
  }

  /// Keeps a CPU busy until the process that started this one is gone.
  static func spin(on cpu: Int32) -> Never {
    // Where it cannot be bound, it competes wherever the system puts it.
    _ = hrn_cpu_bind(cpu)
    let parent = getppid()
    let looksBetween = 10_000_000
    while getppid() == parent {
      var number: UInt64 = 1
      for _ in 0..<looksBetween { number = number &* 0x5851_F42D_4C95_7F2D &+ number >> 7 | 1 }
      if number == 0 { break }
    }
    exit(0)
  }
}
