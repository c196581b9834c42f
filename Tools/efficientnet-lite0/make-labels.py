"""Writes ImageNet's 1000 classes with a tree over them: make-labels.py TIMM_FOLDER WORDNET_FOLDER > labels.tsv

Positions and names of the classes are those of timm (Apache-2.0), the tree follows WordNet 3.0 (its own permissive
licence): a class lies under the nearest of the kinds below that WordNet counts it to, and that under its group.
"""

import sys
from collections import Counter
from pathlib import Path

#: WordNet's lexicographer files -> groups; whatever else a class is filed under is a thing
GROUPS = {5: "animal", 6: "artifact", 13: "food", 15: "place", 17: "nature", 18: "person", 20: "plant"}
#: synset -> kind
KINDS = {
    "n02084071": "dog", "n02120997": "cat or big cat", "n02131653": "bear", "n02469914": "primate",
    "n02329401": "rodent", "n02503517": "elephant", "n02370806": "hoofed mammal", "n01861778": "other mammal",
    "n01503061": "bird", "n02512053": "fish", "n01726692": "snake", "n01674464": "lizard", "n01661091": "other reptile",
    "n01627424": "amphibian", "n02159955": "insect", "n01769347": "spider or scorpion", "n01905661": "other invertebrate",
    "n04524313": "vehicle", "n02958343": "car", "n03800933": "musical instrument", "n04565375": "weapon",
    "n03405725": "furniture", "n03051540": "clothing", "n03380867": "footwear", "n03497657": "hat", "n03094503": "container",
    "n03122748": "covering", "n02913152": "building", "n04341686": "structure", "n03699975": "machine",
    "n03528263": "household appliance", "n04451818": "tool", "n03183080": "device",
    "n03575240": "instrument", "n03294048": "equipment", "n03563967": "implement", "n02743547": "article of trade",
    "n07705931": "fruit", "n13134947": "fruit", "n07707451": "vegetable", "n07881800": "drink", "n07566340": "food to eat",
    "n07570720": "food to eat", "n09287968": "landform", "n09366017": "landform", "n13083586": "plant",
    "n12992868": "fungus", "n00007846": "person",
}


def read_nouns(path):
    """synset -> (lexicographer file, hypernyms), from WordNet's data.noun."""
    nouns = {}
    for line in open(path, encoding="latin-1"):
        if line.startswith(" "):
            continue
        fields = line.split(" | ")[0].split()
        words = int(fields[3], 16)
        at = 4 + 2 * words
        pointers = [fields[at + 1 + 4 * i:at + 5 + 4 * i] for i in range(int(fields[at]))]
        nouns["n" + fields[0]] = int(fields[1]), ["n" + p[1] for p in pointers if p[0] in ("@", "@i")]
    return nouns


def kind_of(synset, nouns):
    """The nearest kind above a class, breadth first."""
    level = [synset]
    while level:
        for name in level:
            if name in KINDS:
                return KINDS[name]
        level = [above for name in level for above in nouns[name][1]]
    return None


def main():
    timm, wordnet = map(Path, sys.argv[1:])
    synsets = (timm / "imagenet_synsets.txt").read_text().split()
    lemmas = dict(line.rstrip("\n").split("\t") for line in open(timm / "imagenet_synset_to_lemma.txt"))
    nouns = read_nouns(wordnet / "data.noun")
    names = [lemmas[synset].split(",")[0].strip() for synset in synsets]
    twice = {name for name, count in Counter(names).items() if count > 1}
    print("group\tkind\tclass\tclass_index")
    for index, (synset, name) in enumerate(zip(synsets, names)):
        if name in twice:
            name = f"{name} ({synset})"
        group = GROUPS.get(nouns[synset][0], "thing")
        kind = kind_of(synset, nouns)
        print(group, f"{group}: {kind or 'other'}", name, index, sep="\t")


if __name__ == "__main__":
    main()
