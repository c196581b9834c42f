/// How many of `count` like cases a test tries: all of them in a release, a tenth in a debug build, whose Swift takes
/// twenty times as long and has nothing else to say.
package func rounds(_ count: Int) -> Int {
  #if DEBUG
    count / 10
  #else
    count
  #endif
}
