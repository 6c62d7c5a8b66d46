"""After a server is killed and started again, its readers continue where they were."""

from playwright.sync_api import expect

from resnet_edu.bench.server import free_port, launch, wait_for_health
from resnet_edu.paths import PROJECT

from .accessible import settled
from .conftest import Visit

SETTING = {"preset": "sigmoid", "quantity": "output_std", "lang": "zh"}
WATCH = """app => {
    window.states = [];
    const watch = new MutationObserver(() => window.states.push(app.dataset.testScriptState));
    watch.observe(app, { attributeFilter: ["data-test-script-state"] });
}"""
COLOUR = "element => getComputedStyle(element).color"
HAS_RUN = "() => window.states.includes('running') && window.states.at(-1) === 'notRunning'"


def test_a_restarted_server_goes_on_at_the_readers_setting(visit: Visit) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    query = "&".join(f"{name}={value}" for name, value in SETTING.items())
    server = launch(PROJECT / "app.py", port)
    try:
        wait_for_health(address)
        page = visit.open(f"/gradients?{query}&depth=80", address)
        page.set_default_timeout(60_000)
        app = page.get_by_test_id("stApp")
        curves = page.locator(".st-key-gradients .curves")
        expect(curves).to_have_attribute("data-position", "80")
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        axis = page.locator(".st-key-gradients .axis")
        quantity = axis.text_content() or ""
        assert quantity

        settled(page)
        assert visit.faults == []
        server.kill()
        server.wait(20)
        expect(app).not_to_have_attribute("data-test-connection-state", "CONNECTED")
        expect(curves).to_have_attribute("data-position", "80")  # the page is still readable
        expect(page.get_by_text("正在重新连接服务器。页面上的内容仍然保留。")).to_be_visible()
        expect(page.get_by_text("Is Streamlit still running?")).not_to_be_visible()
        expect(page.get_by_test_id("stConnectionStatus")).not_to_be_visible()
        page.wait_for_function("() => document.querySelector('[data-testid=stDialog]')")
        main = page.get_by_test_id("stMain")
        main.hover()
        page.mouse.wheel(0, 200)
        page.wait_for_function("element => element.scrollTop > 0", arg=main.element_handle())
        link = page.get_by_test_id("stTopNavLink").first
        assert link.locator("span").evaluate(COLOUR) == link.evaluate(COLOUR), "fainter than a link can be read"

        app.evaluate(WATCH)
        server = launch(PROJECT / "app.py", port)
        wait_for_health(address)
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=90_000)
        page.wait_for_function(HAS_RUN)  # without the reader doing anything
        expect(page.get_by_text("正在重新连接服务器。")).not_to_be_visible()
        visit.faults.clear()  # requests to the dead server
        expect(page.get_by_role("dialog")).to_have_count(0)
        slider = page.locator(".st-key-gradients").get_by_role("slider")
        slider.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_url("**depth=86*")  # the new server answers at the reader's setting
        assert all(f"{name}={value}" in page.url for name, value in SETTING.items())
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        expect(page.get_by_test_id("stException")).to_have_count(0)

        ratio = page.locator(".st-key-gradients .plain .ratio b")
        measured = ratio.text_content() or ""
        assert measured
        page.reload()
        expect(curves).to_have_attribute("data-position", "86")
        expect(axis).to_have_text(quantity)
        expect(ratio).to_have_text(measured)
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        page.close()
    finally:
        server.terminate()
        server.wait(30)
