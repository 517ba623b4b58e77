package io.github.dynarestore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MappingTest {

    @Test
    void parse_idAndParameters_areTakenApart() {
        assertThat(Mapping.parse("keep")).isEqualTo(new Mapping("keep", Map.of()));
        assertThat(Mapping.parse("keep:a,b")).isEqualTo(new Mapping("keep", Map.of("a", "", "b", "")));
        assertThat(Mapping.parse("rename:a=b,c=d=e")).isEqualTo(new Mapping("rename", Map.of("a", "b", "c", "d=e")));
        assertThat(Mapping.parse("redact:a=hash:k:l")).isEqualTo(new Mapping("redact", Map.of("a", "hash:k:l")));
        assertThat(Mapping.parse("rename:a\\,b\\=c=d\\\\,e=\\,"))
                .isEqualTo(new Mapping("rename", Map.of("a,b=c", "d\\", "e", ",")));
    }

    @Test
    void parse_parameterTwiceOrWithoutAName_isRefused() {
        assertThatThrownBy(() -> Mapping.parse("drop:a,a")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Mapping.parse("drop:")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Mapping.parse("drop:a,,b")).isInstanceOf(IllegalArgumentException.class);
    }
}
