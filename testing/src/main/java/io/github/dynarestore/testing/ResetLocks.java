package io.github.dynarestore.testing;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLocksProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/** Keeps tests apart that share a table which each of them is to find as it was restored. */
final class ResetLocks implements ResourceLocksProvider {

    ResetLocks() {}

    @Override
    public Set<Lock> provideForMethod(List<Class<?>> enclosingTypes, Class<?> testClass, Method testMethod) {
        return Stream.concat(enclosingTypes.stream(), Stream.of(testClass))
                .filter(ResetLocks::isResetForEachTest)
                .map(type -> new Lock("dynarestore.reset." + type.getName(), ResourceAccessMode.READ_WRITE))
                .collect(Collectors.toUnmodifiableSet());
    }

    private static boolean isResetForEachTest(Class<?> type) {
        return AnnotationSupport.findAnnotation(type, RestoredTable.class)
                .filter(asked -> asked.reset() == RestoredTable.Reset.EACH_TEST)
                .isPresent();
    }
}
