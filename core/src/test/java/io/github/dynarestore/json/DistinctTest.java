package io.github.dynarestore.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class DistinctTest {

    private final Distinct distinct = new Distinct();

    /** A hash that hardly tells two members apart, so that their content has to. */
    private boolean hasPoorHash;

    @Property
    void end_anyMembers_agreesWithASet(@ForAll("texts") List<String> members, @ForAll boolean isHashPoor) {
        hasPoorHash = isHashPoor;
        distinct.reset(source(members));
        distinct.begin();
        add(members, 0);

        assertThat(distinct.end()).isEqualTo(areDistinct(members));
    }

    @Property(tries = 200)
    void end_innerGroup_leavesTheOuterOneAlone(
            @ForAll("texts") List<String> outer,
            @ForAll("texts") List<String> inner,
            @ForAll("texts") List<String> outerGoesOn) {
        List<String> all =
                Stream.of(outer, inner, outerGoesOn).flatMap(List::stream).toList();
        distinct.reset(source(all));
        distinct.begin();
        int at = add(outer, 0);
        distinct.begin();
        at = add(inner, at);

        assertThat(distinct.end()).isEqualTo(areDistinct(inner));
        add(outerGoesOn, at);
        assertThat(distinct.end())
                .isEqualTo(areDistinct(
                        Stream.concat(outer.stream(), outerGoesOn.stream()).toList()));
    }

    private static byte[] source(List<String> members) {
        return String.join("", members).getBytes(StandardCharsets.UTF_8);
    }

    private static boolean areDistinct(List<String> members) {
        return new HashSet<>(members).size() == members.size();
    }

    /** Short alphabets of all lengths around the eight bytes of a step, few members and many. */
    @Provide
    Arbitrary<List<String>> texts() {
        Arbitrary<String> text = Arbitraries.strings().withChars("ab\u00e9").ofMaxLength(20);
        return Arbitraries.oneOf(
                text.list().ofMaxSize(32),
                text.list().ofMinSize(33).ofMaxSize(80),
                text.set().ofMaxSize(80).map(List::copyOf));
    }

    /** Adds members that stand in the source one behind another; copies half of them to the arena. */
    private int add(List<String> members, int from) {
        int next = from;
        for (String member : members) {
            byte[] bytes = member.getBytes(StandardCharsets.UTF_8);
            long hash = hasPoorHash ? bytes.length : ByteHash.of(bytes, 0, bytes.length);
            if (bytes.length % 2 == 0) {
                distinct.add(next, bytes.length, hash);
            } else {
                int at = distinct.room(bytes.length);
                System.arraycopy(bytes, 0, distinct.arena(), at, bytes.length);
                distinct.addOfArena(at, bytes.length, hash);
            }
            next += bytes.length;
        }
        return next;
    }
}
