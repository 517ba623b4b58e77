package io.github.dynarestore.internal.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.survey.Findings.Finding;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class FirstFindingsTest {

    @Property(tries = 500)
    void list_anyFindingsInAnyOrder_isTheFirstOfAll(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 20) int most, @ForAll @IntRange(max = 200) int count) {
        Random random = new Random(seed);
        FirstFindings first = new FirstFindings(most);
        List<Finding> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // Some of one place.
            Finding finding = new Finding(random.nextInt(1 + count / 2), i, random.nextLong());
            all.add(finding);
            first.add(finding.place(), finding.otherPlace(), finding.keyHash());
        }
        all.sort(Comparator.comparingLong(Finding::place).thenComparingLong(Finding::otherPlace));

        assertThat(first.list()).isEqualTo(all.subList(0, Math.min(most, count)));
    }
}
