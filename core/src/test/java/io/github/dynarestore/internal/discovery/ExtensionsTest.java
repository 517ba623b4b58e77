package io.github.dynarestore.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtensionsTest {

    private record Named(String id) {}

    private record Other(String id) {}

    private static Extensions<Object> load(List<Object> registered, List<Object> discovered) {
        return Extensions.load(
                "thing",
                extension -> extension instanceof Named named ? named.id() : ((Other) extension).id(),
                registered,
                discovered);
    }

    @Test
    void load_twoDiscoveriesOfOneId_namesBothClassesAndWhereTheyAre() {
        assertThatThrownBy(() -> load(List.of(), List.of(new Named("a"), new Other("a"))))
                .isInstanceOfSatisfying(
                        RestoreException.class, e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.EXTENSION_CLASH))
                .hasMessageContaining(Named.class.getName())
                .hasMessageContaining(Other.class.getName())
                .hasMessageContaining("test-classes");
    }

    @Test
    void find_registeredAndDiscovered_givesTheRegistered() {
        Extensions<Object> extensions = load(List.of(new Other("a")), List.of(new Named("a"), new Named("b")));

        assertThat(extensions.find("a")).isInstanceOf(Other.class);
        assertThat(extensions.find("b")).isInstanceOf(Named.class);
        assertThat(extensions.find("c")).isNull();
    }

    @Test
    void find_registeredAndTwoDiscovered_givesTheRegistered() {
        Extensions<Object> extensions = load(List.of(new Other("a")), List.of(new Named("a"), new Other("a")));

        assertThat(extensions.all()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "1a", "a_b", "a b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    void load_invalidId_isRefused(String id) {
        assertThatThrownBy(() -> load(List.of(new Named(id)), List.of()))
                .isInstanceOf(RestoreException.class)
                .hasMessageContaining("not valid");
    }
}
