package io.github.dynarestore.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class BreadthTest {

    private static Breadth breadth(int said, OptionalInt ofClient, int writesOfCall, double unitsPerSecond) {
        return new Breadth(new Breadth.Bounds(said, ofClient, writesOfCall, 1_000), unitsPerSecond);
    }

    @Test
    void follow_fasterRate_widensCallsAndObjects() {
        Breadth breadth = breadth(0, OptionalInt.empty(), 25, 500);
        assertThat(breadth.calls()).isEqualTo(16);

        breadth.follow(40_000);

        assertThat(breadth.calls()).isEqualTo(80);
        assertThat(breadth.objects()).isEqualTo(80);
        breadth.follow(1_000_000);
        assertThat(breadth.calls()).isEqualTo(256);
        assertThat(breadth.objects()).as("there are no more").isEqualTo(1_000);
    }

    @Test
    void follow_slowerRate_hasFewerCallsAndKeepsTheObjects() {
        Breadth breadth = breadth(0, OptionalInt.empty(), 25, 40_000);

        breadth.follow(500);

        assertThat(breadth.calls()).isEqualTo(16);
        assertThat(breadth.objects()).isEqualTo(80);
    }

    @Test
    void follow_narrowClient_staysWithinIt() {
        Breadth breadth = breadth(0, OptionalInt.of(50), 25, 20_000);
        assertThat(breadth.calls()).isEqualTo(breadth.wantedCalls()).isEqualTo(40);

        breadth.follow(40_000);

        assertThat(breadth.calls()).isEqualTo(50);
        assertThat(breadth.wantedCalls()).isEqualTo(80);
    }

    @Test
    void calls_ofOneWriteEach_areAsManyAsTheRateNeeds() {
        assertThat(breadth(0, OptionalInt.empty(), 1, 2_000).calls()).isEqualTo(100);
    }

    @Test
    void calls_saidInThePlan_areThese() {
        Breadth breadth = breadth(7, OptionalInt.empty(), 25, 500);

        breadth.follow(40_000);

        assertThat(breadth.calls()).isEqualTo(7);
        assertThat(breadth(70, OptionalInt.of(50), 25, 500).calls()).isEqualTo(50);
    }
}
