//! The files of the demo: certificates laid out by typst, photos drawn by hand.

use super::content::{DemoEvidence, DemoSubject};
use super::{certificate, photo};

/// Makes the file of an item: its name, media type and bytes; the same item gives the same bytes.
pub fn evidence(item: &DemoEvidence) -> (String, &'static str, Vec<u8>) {
    match &item.subject {
        DemoSubject::Certificate(certificate) => certificate::certificate(certificate, item.seed),
        DemoSubject::Photo(scene) => photo::photo(*scene, item.seed),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::cli::demo::content::{DemoPaper, DemoScene, content};

    /// One of each design on each kind of paper, or of each scene.
    fn one_of_each(wanted: fn(&DemoSubject) -> bool) -> HashMap<String, DemoEvidence> {
        let colleges = content(2026).colleges;
        let all = colleges.iter().flat_map(|college| &college.achievements);
        all.flat_map(|achievement| achievement.evidence.clone())
            .filter(|item| wanted(&item.subject))
            .map(|item| match &item.subject {
                DemoSubject::Certificate(one) => {
                    (format!("{:?} {:?}", one.design, one.paper), item)
                }
                DemoSubject::Photo(scene) => (format!("{scene:?}"), item),
            })
            .collect()
    }

    #[test]
    fn every_design_is_a_pdf_of_one_page() {
        let is_pdf = |subject: &DemoSubject| matches!(subject, DemoSubject::Certificate(one) if one.paper == DemoPaper::Pdf);
        let items = one_of_each(is_pdf);
        assert_eq!(items.len(), 5);
        for (design, item) in items {
            let (name, media_type, bytes) = evidence(&item);
            assert!(name.ends_with(".pdf") && media_type == "application/pdf");
            let pdf = lopdf::Document::load_mem(&bytes).unwrap();
            assert_eq!(pdf.get_pages().len(), 1, "{design} runs over its page");
        }
    }

    #[test]
    fn a_scan_and_a_photo_are_pictures_of_an_ordinary_size() {
        let mut items: Vec<DemoEvidence> = one_of_each(
            |subject| matches!(subject, DemoSubject::Certificate(one) if one.paper == DemoPaper::Scan),
        )
        .into_values()
        .take(1)
        .collect();
        items.extend(
            one_of_each(|subject| matches!(subject, DemoSubject::Photo(DemoScene::Posters)))
                .into_values(),
        );
        assert_eq!(items.len(), 2);
        for item in items {
            let (name, media_type, bytes) = evidence(&item);
            assert!(name.ends_with(".jpg") && media_type == "image/jpeg");
            assert!((60_000..400_000).contains(&bytes.len()), "{name} has {} bytes", bytes.len());
            let picture = image::load_from_memory(&bytes).unwrap();
            assert!((1_024..=1_600).contains(&picture.width().max(picture.height())));
        }
    }

    #[test]
    fn the_same_item_gives_the_same_bytes() {
        for item in one_of_each(|subject| matches!(subject, DemoSubject::Certificate(one) if one.paper == DemoPaper::Pdf)).values() {
            assert!(evidence(item) == evidence(item), "{}", item.caption);
        }
        let photo = DemoEvidence {
            caption: String::new(),
            subject: DemoSubject::Photo(DemoScene::Posters),
            seed: 9,
        };
        let other = DemoEvidence { seed: 10, ..photo.clone() };
        assert!(evidence(&photo) == evidence(&photo));
        assert!(evidence(&photo) != evidence(&other));
    }
}
