import HRNFormat
import HRNImage
import HRNRuntime

/// The words of `--help` and `--version`.
enum Help {
  static let text = """
    hrn-run: classifies images with a compiled Hierarchical Residual Network

      hrn-run birds.int8.hrn photo.jpg              a label at each level, with its score
      hrn-run birds.int8.hrn *.jpg --json           one line of JSON for each image
      camera | hrn-run birds.int8.hrn -             JPEGs from standard input, one behind another
      hrn-run birds.int8.hrn --self-test            does this machine compute what the compiler did?
      hrn-run birds.int8.hrn --bench 100            how fast is it here?

    usage: hrn-run MODEL IMAGE... [OPTIONS]

    input
      IMAGE...                 JPEG files; - reads standard input
      --files-from FILE        names of further images, one a line; - reads standard input
      --tensor FILE            float32 numbers [N, C, H, W], little-endian and normalised, instead of images

    answers
      --decode RULE            independent: at each level the label with the greatest score (default)
                               path: the leaf, with its ancestors, whose scores have the greatest product
      --top N                  the N labels with the greatest scores of each level
      --marginals              the probability of each label under the tree's own model
      --outputs                every number that the network computes, by name
      --json                   JSON, one line for each image

    running
      --threads N              threads that compute (default: what the machine grants, at most 4)
      --cpu KIND               no better kernels than scalar; avx2, avxvnni, avx512vnni, avx512bf16; neon, dotprod, i8mm
      --backend NAME           direct (default), or blas for float32 networks
      --verify                 reads all of the model file first and holds it to its digest and to what its plan says
      --self-test              --verify, then runs the images in the model file and compares every number
      --bench N                times N inferences and prints every latency as JSON; 0 times the first alone
      --version, --help

    The number beside a label is the score of its own level's classifier, and its kind is named: sigmoid scores judge
    each label by itself, softmax scores of a level sum to 1. "subtree" is the leaf softmax summed over the leaves below
    a label. Labels of different levels may contradict each other; the answer says whether they agree.

    exit status
      0 done   1 the self-test failed   2 some of several images failed   64 wrong usage
      65 bad input   66 missing input   70 a defect of hrn-run
      74 reading or writing failed, or memory or threads are missing

    """

  static var version: String {
    "hrn-run \(ToolVersion.current), format \(FormatVersion.current), \(JPEG.libraryVersion), "
      + "kernels for \(CPUTier.best.name)\n"
  }
}
