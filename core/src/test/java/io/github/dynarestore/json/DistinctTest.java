package io.github.dynarestore.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class DistinctTest {

    private final Distinct distinct = new Distinct();

    @Property
    void end_anyMembers_agreesWithASet(@ForAll("texts") List<String> members) {
        distinct.reset();
        int group = distinct.begin();
        members.forEach(this::add);

        assertThat(distinct.end(group)).isEqualTo(areDistinct(members));
    }

    @Property(tries = 200)
    void end_innerGroup_leavesTheOuterOneAlone(
            @ForAll("texts") List<String> outer, @ForAll("texts") List<String> inner) {
        distinct.reset();
        int outerGroup = distinct.begin();
        outer.forEach(this::add);
        int innerGroup = distinct.begin();
        inner.forEach(this::add);

        assertThat(distinct.end(innerGroup)).isEqualTo(areDistinct(inner));
        assertThat(distinct.end(outerGroup)).isEqualTo(areDistinct(outer));
    }

    private static boolean areDistinct(List<String> members) {
        return new HashSet<>(members).size() == members.size();
    }

    /** Short alphabets of all lengths around the eight bytes of a step, few members and many. */
    @Provide
    Arbitrary<List<String>> texts() {
        Arbitrary<String> text = Arbitraries.strings().withChars("ab\u00e9").ofMaxLength(20);
        return Arbitraries.oneOf(
                text.list().ofMaxSize(12),
                text.list().ofMinSize(13).ofMaxSize(60),
                text.set().ofMaxSize(60).map(List::copyOf));
    }

    /** Half of the members stand in arrays of their own, up to their very end, half in the arena. */
    private void add(String member) {
        byte[] bytes = member.getBytes(StandardCharsets.UTF_8);
        if (bytes.length % 2 == 0) {
            distinct.add(bytes, 0, bytes.length);
        } else {
            int at = distinct.room(bytes.length);
            System.arraycopy(bytes, 0, distinct.arena(), at, bytes.length);
            distinct.add(distinct.arena(), at, bytes.length);
        }
    }
}
