package io.github.dynarestore.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class StretchesTest {

    @Property(tries = 500)
    void next_lanesInAnyOrder_dealsOutEachObjectOnce(
            @ForAll @Size(max = 60) List<@LongRange(min = 0, max = 1_000) Long> sizes,
            @ForAll @IntRange(min = 1, max = 20) int lanes,
            @ForAll long seed) {
        Stretches stretches =
                new Stretches(sizes.stream().mapToLong(Long::longValue).toArray(), lanes);
        Random random = new Random(seed);
        List<Integer> dealt = new ArrayList<>();
        int[] open = IntStream.range(0, lanes).toArray();
        while (open.length > 0) {
            int lane = open[random.nextInt(open.length)];
            int object = stretches.next(lane);
            int added = random.nextInt(10) == 0 ? stretches.addUpTo(25) : -1;
            if (added >= 0) {
                open = IntStream.concat(Arrays.stream(open), IntStream.of(added))
                        .toArray();
            }
            if (object < 0) {
                open = Arrays.stream(open).filter(other -> other != lane).toArray();
            } else {
                dealt.add(object);
            }
        }

        assertThat(dealt)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, sizes.size()).boxed().toList());
    }

    @Test
    void next_firstOfEachLane_liesFarFromTheOthers() {
        Stretches stretches =
                new Stretches(LongStream.generate(() -> 10).limit(100).toArray(), 4);

        assertThat(IntStream.range(0, 4).map(stretches::next)).containsExactly(0, 25, 50, 75);
        assertThat(IntStream.range(0, 4).map(stretches::next)).containsExactly(1, 26, 51, 76);
    }

    @Test
    void next_laneThatIsThrough_takesHalfOfTheLongestRest() {
        Stretches stretches =
                new Stretches(LongStream.generate(() -> 10).limit(20).toArray(), 2);
        assertThat(stretches.next(0)).isZero();
        for (int object = 10; object < 20; object++) {
            assertThat(stretches.next(1)).isEqualTo(object);
        }

        assertThat(stretches.next(1)).isEqualTo(6);
        assertThat(stretches.next(0)).isEqualTo(1);
    }

    @Test
    void addUpTo_fewerLanes_beginsInTheMiddleOfTheLongestRest() {
        Stretches stretches =
                new Stretches(LongStream.generate(() -> 10).limit(20).toArray(), 1);
        assertThat(stretches.next(0)).isZero();

        assertThat(stretches.addUpTo(3)).isEqualTo(1);
        assertThat(stretches.addUpTo(3)).isEqualTo(2);
        assertThat(stretches.addUpTo(3)).isEqualTo(-1);

        assertThat(stretches.next(1)).isEqualTo(11);
        assertThat(stretches.next(2)).isEqualTo(6);
    }

    @Test
    void next_laneWithOneObjectLeft_losesItToTheOneThatIsFree() {
        Stretches stretches = new Stretches(new long[] {10, 10, 10}, 1);
        assertThat(IntStream.range(0, 3).map(i -> stretches.next(0))).containsExactly(0, 1, 2);
        assertThat(stretches.next(0)).isEqualTo(-1);
    }
}
