//! Seven places, each different with every number drawn.

mod indoors;
mod outdoors;

use super::canvas::Canvas;
use super::chance::Chance;
use super::content::DemoScene;

pub(super) fn draw(scene: DemoScene, chance: &mut Chance) -> Canvas {
    match scene {
        DemoScene::Stage => indoors::stage(chance),
        DemoScene::Lab => indoors::lab(chance),
        DemoScene::Posters => indoors::posters(chance),
        DemoScene::Hall => indoors::hall(chance),
        DemoScene::Field => outdoors::field(chance),
        DemoScene::Group => outdoors::group(chance),
        DemoScene::Outdoors => outdoors::outdoors(chance),
    }
}
