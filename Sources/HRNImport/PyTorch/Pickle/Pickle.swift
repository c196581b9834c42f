/// What a pickle describes, as plain values: nothing in it was called, imported or executed.
///
/// Containers are numbered objects and values refer to them by number, as a pickle does through its memo: what is shared
/// stays shared, and a value that holds itself is no trouble.
struct Pickle {
  enum Value: Hashable {
    case none
    case bool(Bool)
    case integer(Int)
    /// A whole number that an `Int` does not hold, as little-endian bytes.
    case long([UInt8])
    case number(Double)
    case text(String)
    /// Bytes, which nothing here needs.
    case bytes
    case global(Int)
    case object(Int)
    case storage(Int)
    case tensor(Int)
  }

  struct Object {
    enum Kind: Equatable {
      case tuple
      case list
      case set
      case dictionary
      /// An instance of a class, by the class's number among the globals.
      case record(class: Int)
    }

    let kind: Kind
    /// Elements; keys and values by turns; a record's state, once it has one.
    var items: [Value] = []
  }

  /// A run of elements that tensors look at.
  struct Storage: Equatable {
    var key: String
    var type: StoredType
    /// Elements, as the pickle declares them.
    var count: Int

    /// The count is such that this is an `Int`.
    var byteCount: Int { count * type.byteCount }
  }

  /// A view of a storage, every element of it inside.
  struct Tensor: Equatable {
    var storage: Int
    var offset: Int
    var shape: [Int]
    var strides: [Int]
  }

  var root = Value.none
  var objects: [Object] = []
  var storages: [Storage] = []
  var tensors: [Tensor] = []
  var globals: [PickleGlobal] = []

  /// The object that a value refers to.
  func object(_ value: Value) -> Object? {
    guard case .object(let index) = value else { return nil }
    return objects[index]
  }

  /// The elements of a tuple or a list.
  func elements(_ value: Value) -> [Value]? {
    guard let object = object(value), object.kind == .tuple || object.kind == .list else { return nil }
    return object.items
  }

  /// The keys and values of a dictionary, in order.
  func pairs(_ value: Value) -> [(key: Value, value: Value)]? {
    guard let object = object(value), object.kind == .dictionary else { return nil }
    return stride(from: 0, to: object.items.count, by: 2).map { (object.items[$0], object.items[$0 + 1]) }
  }

  /// The class and the state of an instance; the state is nil where it has none.
  func record(_ value: Value) -> (class: PickleGlobal, state: Value?)? {
    guard let object = object(value), case .record(let kind) = object.kind else { return nil }
    return (globals[kind], object.items.first)
  }

  /// What kind of value it is, for messages: "a list", "text" and so on.
  func kind(_ value: Value) -> String {
    switch value {
    case .none: "None"
    case .bool: "true or false"
    case .integer, .long: "a whole number"
    case .number: "a number"
    case .text: "text"
    case .bytes: "bytes"
    case .global(let index): "'\(globals[index].name)'"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .object(let index):
      switch objects[index].kind {
      case .tuple: "a tuple"
      case .list: "a list"
      case .set: "a set"
      case .dictionary: "a dictionary"
      case .record(let kind): "an instance of '\(globals[kind].name)'"
      }
    }
  }
}
