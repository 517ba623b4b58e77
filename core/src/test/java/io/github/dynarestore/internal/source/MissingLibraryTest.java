package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads compressions whose libraries are not on the class path, as in most applications. */
class MissingLibraryTest {

    /** Finds the classes of this package anew, so that they look for libraries here, and finds no library. */
    private static final class WithoutLibraries extends ClassLoader {

        private static final List<String> LIBRARIES =
                List.of("org.xerial.snappy.", "com.github.luben.", "org.apache.commons.compress.");

        WithoutLibraries() {
            super(MissingLibraryTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (LIBRARIES.stream().anyMatch(name::startsWith)) {
                throw new ClassNotFoundException(name);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded != null || !name.startsWith(Decompressor.class.getPackageName() + ".")) {
                    return loaded == null ? super.loadClass(name, resolve) : loaded;
                }
                try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                    byte[] bytes = in.readAllBytes();
                    return defineClass(name, bytes, 0, bytes.length);
                } catch (IOException e) {
                    throw new ClassNotFoundException(name, e);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "28b52ffd0458, com.github.luben:zstd-jni",
        "425a68393141592653590000, org.apache.commons:commons-compress",
        "82534e415050590000000001000000010000, org.xerial.snappy:snappy-java",
        "ff060000734e61507059000000000000, org.xerial.snappy:snappy-java",
        "00000004000000060410616263640000, org.xerial.snappy:snappy-java"
    })
    void open_libraryNotOnTheClassPath_namesTheArtifact(String hex, String artifact) {
        RestoreException refused = catchThrowableOfType(RestoreException.class, () -> open(hex));

        assertThat(refused.code()).isEqualTo(RestoreErrorCode.CODEC_MISSING);
        assertThat(refused.hint()).contains(artifact);
    }

    private static void open(String hex) throws ReflectiveOperationException {
        Class<?> decompressor = new WithoutLibraries().loadClass(Decompressor.class.getName());
        assertThat(decompressor).isNotEqualTo(Decompressor.class);
        try {
            decompressor
                    .getMethod("open", InputStream.class)
                    .invoke(
                            decompressor.getConstructor(long.class).newInstance(Long.MAX_VALUE),
                            new ByteArrayInputStream(HexFormat.of().parseHex(hex)));
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RestoreException refused) {
                throw refused;
            }
            throw e;
        }
    }
}
