package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DateDirectoriesTest {

    @ParameterizedTest
    @CsvSource({
        "/dynamodb/backup/Orders/2016/10/15/23/Orders-1-2016-10-15-23-05-11-uuid.gz, 2016-10-15T23:00:00Z, true",
        "/2016/10/15/23/object, 2016-10-15T23:00:00Z, true",
        "/legacy2026/07/13/14/object, 2026-07-13T14:00:00Z, true",
        "/backup/2016/10/15/object, 2016-10-15T00:00:00Z, false",
        "/x/year=2018/month=07/day=06/hour=23/object, 2018-07-06T23:00:00Z, true",
        "/x/year=2018/month=7/day=6/object, 2018-07-06T00:00:00Z, false",
        "/2015/01/01/00/copies/2016/10/15/23/object, 2016-10-15T23:00:00Z, true"
    })
    void arrival_knownLayouts_isTheHourOrTheDay(String path, Instant from, boolean isHour) {
        DateDirectories.Span span = DateDirectories.arrival(path);

        assertThat(span).isNotNull();
        assertThat(span.from()).isEqualTo(from);
        assertThat(span.isHour()).isEqualTo(isHour);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/backup/object",
                "/backup/2016/10/object",
                "/backup/2016/13/15/23/object",
                "/backup/2016/02/30/23/object",
                "/backup/2016/10/15/24/object",
                "/backup/2016/10/15/23/deeper/object",
                "/2016-10-15/object"
            })
    void arrival_anythingElse_isNotKnown(String path) {
        assertThat(DateDirectories.arrival(path)).isNull();
    }

    @Test
    void snapshotBegun_directoryOfDataPipeline_isItsTime() {
        assertThat(DateDirectories.snapshotBegun("/exports/2016-10-15-12-30-59/part-0"))
                .isEqualTo("2016-10-15T12:30:59Z");
        assertThat(DateDirectories.snapshotBegun("/exports/2016-10-15-12-30-60/part-0"))
                .isNull();
        assertThat(DateDirectories.snapshotBegun("/exports/2016-10-15-12-30-59-part-0"))
                .isNull();
    }
}
